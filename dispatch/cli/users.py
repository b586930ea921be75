"""``kentongan users``: add, list, passwd, disable, enable. Works on the database itself, server running or not."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from dispatch.cli.place import say
from dispatch.cli.transaction import admin, change
from dispatch.domain.phone import address_of
from dispatch.domain.roles import Role
from dispatch.errors import Invalid


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("users", help="who may sign in, and as what")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("add", help="create a user")
    create.add_argument("name")
    create.add_argument("--role", required=True, choices=[role.value for role in Role])
    create.add_argument("--phone", default="", help="the phone this person answers calls on")
    create.add_argument("--lang", default="id", choices=("id", "en"))
    _with_password(create)
    create.set_defaults(run=run_add)
    actions.add_parser("list", help="all users").set_defaults(run=run_list)
    phone = actions.add_parser("phone", help="where a user answers calls: +62811..., sip:name@host, or none")
    phone.add_argument("name")
    phone.add_argument("address")
    phone.set_defaults(run=run_phone)
    passwd = actions.add_parser("passwd", help="change a password; the user's seats are signed out")
    passwd.add_argument("name")
    _with_password(passwd)
    passwd.set_defaults(run=run_passwd)
    for action, run, said in (
        ("disable", run_disable, "no sign-in any more; running seats are signed out"),
        ("enable", run_enable, "let a disabled user in again"),
    ):
        switch = actions.add_parser(action, help=said)
        switch.add_argument("name")
        switch.set_defaults(run=run)


def _with_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-stdin", action="store_true", help="read the password from the first line of stdin")


def run_add(args: argparse.Namespace) -> int:
    from dispatch.services.access import add_user
    from dispatch.services.password import hash_password

    phone = _address(args.phone)
    hashed = hash_password(_ask_password(args))
    change(lambda tx: add_user(tx, args.name, Role(args.role), hashed, by=admin(), phone=phone, lang=args.lang))
    say(f"user {args.name} created, role {args.role}")
    return 0


def run_list(args: argparse.Namespace) -> int:
    """Exit 1 when there is nobody."""
    from dispatch.services.access import list_users

    users = change(list_users)
    for row in users:
        state = "disabled" if row["disabled"] else (row["state"] or "off")
        say(f"{row['name']:<20} {row['role']:<12} {state:<10} {row['phone'] or '-'}")
    if not users:
        say("no users yet: kentongan users add NAME --role dispatcher")
    return 0 if users else 1


def run_phone(args: argparse.Namespace) -> int:
    from dispatch.services.access import set_phone

    address = "" if args.address == "none" else _address(args.address)
    change(lambda tx: set_phone(tx, args.name, address, by=admin()))
    say(f"{args.name} answers calls at {address or 'no phone'}")
    return 0


def _address(given: str) -> str:
    address = address_of(given)
    if given and not address:
        raise Invalid("no_phone", f"'{given}' is neither a phone number nor a SIP address such as sip:rina@10.0.0.5")
    return address


def run_passwd(args: argparse.Namespace) -> int:
    from dispatch.services.access import set_password
    from dispatch.services.password import hash_password

    hashed = hash_password(_ask_password(args))
    change(lambda tx: set_password(tx, args.name, hashed, by=admin()))
    say(f"password of {args.name} changed; running seats are signed out")
    return 0


def run_disable(args: argparse.Namespace) -> int:
    from dispatch.services.access import disable_user

    change(lambda tx: disable_user(tx, args.name, by=admin()))
    say(f"user {args.name} disabled; running seats are signed out")
    return 0


def run_enable(args: argparse.Namespace) -> int:
    from dispatch.services.access import enable_user

    change(lambda tx: enable_user(tx, args.name, by=admin()))
    say(f"user {args.name} enabled")
    return 0


def _ask_password(args: argparse.Namespace) -> str:
    """From stdin, or asked twice on the terminal. Never from the arguments: everybody can read those."""
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Invalid("no_password", "no terminal to ask for a password on; use --password-stdin")
    password = getpass.getpass(f"password for {args.name}: ")
    if getpass.getpass("once more: ") != password:
        raise Invalid("password_differs", "the two passwords differ; nothing was changed")
    return password
