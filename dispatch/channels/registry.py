"""Which driver carries which channel: decided once from the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dispatch.channels.simulator import CHANNELS, Simulator
from dispatch.ports import Driver, Spool
from dispatch.settings import Settings

OFF = "off"


def build_drivers(settings: Settings) -> dict[str, list[Driver]]:
    """Channel -> its drivers, first choice first. Without credentials, and in training, everything is simulated.

    With credentials a channel whose number is missing has no driver: its messages fail loudly
    instead of being swallowed by a simulator beside real ones.
    """
    if settings.mode == "training" or not _has_real_ones(settings):
        simulator = Simulator()
        return {channel: [simulator] for channel in sorted(CHANNELS)}
    drivers = _twilio_drivers(settings) if settings.twilio.can_send else {}
    if settings.mail.can_send:
        from dispatch.channels.smtp_mail import SmtpMail

        drivers["mail"] = [SmtpMail(settings.mail)]
    if settings.gammu.can_send:
        from dispatch.channels.gammu_sms import GammuSms

        drivers.setdefault("sms", []).append(GammuSms(settings.gammu))
    return drivers


def _has_real_ones(settings: Settings) -> bool:
    return settings.twilio.can_send or settings.mail.can_send or settings.gammu.can_send


def spools_of(drivers: Iterable[Driver]) -> list[Spool]:
    """Drivers that must be asked for what has come in."""
    return [driver for driver in drivers if isinstance(driver, Spool)]


def _twilio_drivers(settings: Settings) -> dict[str, list[Driver]]:
    # Here and not above: the HTTP client alone is a third of the time a server may take to start.
    from dispatch.channels.twilio_messages import TwilioMessages
    from dispatch.channels.twilio_rest import TwilioAccount
    from dispatch.channels.twilio_voice import TwilioVoice

    twilio = settings.twilio
    account = TwilioAccount(twilio)
    messages = TwilioMessages(account, f"{settings.public_url}/twilio/status/message")
    drivers: dict[str, list[Driver]] = {channel: [messages] for channel in sorted(messages.channels)}
    if twilio.voice_number:
        drivers["voice"] = [TwilioVoice(account, settings.public_url)]
    return drivers


def driver_names(drivers: Mapping[str, Sequence[Driver]]) -> dict[str, str]:
    """Channel -> name, for the operators' header: the first choice first; a channel nobody carries is 'off'."""
    return {channel: ">".join(d.name for d in drivers.get(channel, ())) or OFF for channel in sorted(CHANNELS)}
