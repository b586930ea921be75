"""The command language: what an operator types, as commands; and commands, as sentences.

Pure and shared by the full-screen console, the line mode and the server's command endpoint. Knows no
board, no clock and no server. The keys of ``ParsedCommand.args`` are a fixed contract:

| key | value | given by |
|---|---|---|
| ``incident``, ``to_incident`` | int; ``"."`` = current, until ``complete`` | ``1051``, ``.``, ``1045>1051`` |
| ``split`` | int, the merged incident that becomes its own again | ``g -1050`` |
| ``units`` | list of call signs, upper case | ``a01 p12``, ``a01+p12`` |
| ``agency`` | list of agency codes: the duty desks | ``pln`` |
| ``more`` | list of ``[letter, count]`` | ``2d 1a`` |
| ``severity`` | critical, high, medium, low | ``p1`` .. ``p5`` (p5 = p4) |
| ``district`` | kecamatan name | ``slw`` |
| ``type``, ``subtype`` | rules codes (as typed without a vocabulary) | ``kbk``, ``kbk-rmh``, ``fire.building`` |
| ``until`` | ``{"clock": "15:00"}`` or ``{"minutes": 90}`` | ``15:00``, ``90m``, ``2j``, ``7hr`` |
| ``within_s``, ``older_than_s`` | int seconds | ``7hr``, ``>5m`` |
| ``text``, ``facility`` | the words that are left, last | |
| ``landmark``, ``caller_name``, ``callback`` | the words left: one thing of the scene | ``ciri``, ``nama``, ``balik`` |
| ``scene`` | the words that are left, see ``read_scene`` | ``korban 2 luka 1 terjebak`` |
| ``disposition`` | closing code | ``sls`` |
| ``to`` | call sign (several joined by ``+``), ``@seat`` or agency code | ``m p07 ...`` |
| ``call``, ``alarm`` | int | ``#7`` |
| ``code`` | int 1-6, see ``CALL_CODES`` | ``buang 1`` |
| ``pick`` | int 0-9, the candidate place chosen | ``l 3`` |
| ``crew`` | int | ``kru4`` |
| ``items`` | list of int 1-7, the handover's items | ``st 1 2`` |
| ``who`` | user name | ``st @adi`` |
| ``state`` | ready, break | ``sedia`` |
| ``status`` | en_route, on_scene: already there when dispatched | ``de``, ``dl`` |
| ``life_threat`` | bool | ``benar``, ``salah`` |
| ``topic`` | command name, only in ``help`` | ``d ?`` |
| ``card`` | int, a paper card instead of ``incident`` | ``m-012`` |
| ``at`` | ``{"clock": "14:07"}`` and ``"date": "23/11"``: when it was written on paper | ``@14:07``, ``@23/11-14:07`` |
| ``reason``, ``dry_run`` | added by ``to_args`` for the wire | ``!...``, ``?d`` |
"""

from dispatch.grammar.number import Numbers, numbers_in, typed_number
from dispatch.grammar.parse import ParsedCommand, complete, find_verb, parse
from dispatch.grammar.scene import read_scene, write_scene
from dispatch.grammar.sentence import fault, mistyped, overview, sentence, syntax
from dispatch.grammar.shape import CURRENT
from dispatch.grammar.stranger import mistyped_code, unknown_incident, unknown_unit
from dispatch.grammar.verb import CALL_CODES, MAY_CONFIRM, VERBS, Verb, names_of
from dispatch.grammar.vocabulary import EMPTY, Vocabulary
from dispatch.grammar.write import format, to_args

__all__ = [
    "CALL_CODES", "CURRENT", "EMPTY", "MAY_CONFIRM", "VERBS", "Numbers", "ParsedCommand", "Verb", "Vocabulary",
    "complete", "fault", "find_verb", "format", "mistyped", "mistyped_code", "names_of", "numbers_in", "overview",
    "parse", "read_scene", "sentence", "syntax", "to_args", "typed_number", "unknown_incident", "unknown_unit",
    "write_scene",
]
