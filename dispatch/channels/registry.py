"""Which driver carries which channel: decided once from the settings."""

from __future__ import annotations

from collections.abc import Mapping

from dispatch.channels.simulator import CHANNELS, Simulator
from dispatch.ports import Driver, Spool
from dispatch.settings import Settings

OFF = "off"


def build_drivers(settings: Settings) -> dict[str, Driver]:
    """Channel -> driver. Without credentials, and in training, everything is simulated.

    With credentials a channel whose number is missing has no driver: its messages fail loudly
    instead of being swallowed by a simulator beside real ones.
    """
    if settings.mode == "training" or not _has_real_ones(settings):
        simulator = Simulator()
        return dict.fromkeys(sorted(CHANNELS), simulator)
    drivers = _twilio_drivers(settings) if settings.twilio.can_send else {}
    if settings.mail.can_send:
        from dispatch.channels.smtp_mail import SmtpMail

        drivers["mail"] = SmtpMail(settings.mail)
    if settings.gammu.can_send:
        from dispatch.channels.gammu_sms import GammuSms

        drivers["sms"] = GammuSms(settings.gammu)
    return drivers


def _has_real_ones(settings: Settings) -> bool:
    return settings.twilio.can_send or settings.mail.can_send or settings.gammu.can_send


def spools_of(drivers: Mapping[str, Driver]) -> list[Spool]:
    """Drivers that must be asked for what has come in."""
    return [driver for driver in {id(d): d for d in drivers.values()}.values() if isinstance(driver, Spool)]


def _twilio_drivers(settings: Settings) -> dict[str, Driver]:
    # Here and not above: the HTTP client alone is a third of the time a server may take to start.
    from dispatch.channels.twilio_messages import TwilioMessages
    from dispatch.channels.twilio_rest import TwilioAccount
    from dispatch.channels.twilio_voice import TwilioVoice

    twilio = settings.twilio
    account = TwilioAccount(twilio)
    messages = TwilioMessages(account, f"{settings.public_url}/twilio/status/message")
    drivers: dict[str, Driver] = dict.fromkeys(sorted(messages.channels), messages)
    if twilio.voice_number:
        drivers["voice"] = TwilioVoice(account, settings.public_url)
    return drivers


def driver_names(drivers: Mapping[str, Driver]) -> dict[str, str]:
    """Channel -> name, for the operators' header; a channel nobody carries is 'off'."""
    return {channel: drivers[channel].name if channel in drivers else OFF for channel in sorted(CHANNELS)}
