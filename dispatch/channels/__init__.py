"""The outside world behind the ports: Twilio, and the simulator when there are no credentials."""
