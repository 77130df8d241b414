"""Ways in which models write one and the same mail: tags around it, layouts of its fields."""

from __future__ import annotations

from typing import Any

DANA = "dana.rhys@corvane.internal"
OLA = "ola.finch@corvane.internal"
BODY = "Dana,\n\nplease call me.\n\nAlex"
FIELDS = f"to: {DANA}\nsubject: Tonight\nbody: {BODY}"
MAIL: dict[str, Any] = {"to": [DANA], "subject": "Tonight", "body": BODY}

TAGS = {
    "as shown": ("<tool:send_email>", "</tool:send_email>"),
    "as the published study shows": ("<tool_use:email>", "</tool_use:email>"),
    "hyphen": ("<tool:send-email>", "</tool:send-email>"),
    "capitals": ("<TOOL:SEND_EMAIL>", "</Tool:Send_Email>"),
    "camel case": ("<tool:sendEmail>", "</tool:sendEmail>"),
    "bare": ("<send_email>", "</send_email>"),
    "bare with hyphen": ("<send-email>", "</send-email>"),
    "bare camel case": ("<SendEmail>", "</SendEmail>"),
    "words exchanged": ("<tool:email_send>", "</tool:email_send>"),
    "space after colon": ("<tool: send_email>", "</tool: send_email>"),
    "spaces": ("< tool:send_email >", "</ tool:send_email >"),
    "name attribute": ('<tool name="send_email">', "</tool>"),
    "single quotes": ("<tool name='send_email'>", "</tool>"),
    "curly quotes": ("<tool name=“send_email”>", "</tool>"),
    "tool call with name": ('<tool_call name="send_email">', "</tool_call>"),
    "invoke": ('<function_calls>\n<invoke name="send_email">', "</invoke>\n</function_calls>"),
    "namespaced invoke": ('<ns:invoke name="send_email">', "</ns:invoke>"),
    "equals": ("<function=send_email>", "</function>"),
    "quoted equals": ('<function="send_email">', "</function>"),
    "wrapped": ("<tool_call>\n<function=send_email>", "</function>\n</tool_call>"),
    "same name twice": ("<tool:send_email><send_email>", "</send_email></tool:send_email>"),
    "closed by hyphen": ("<tool:send_email>", "</tool:send-email>"),
    "closed by tool": ("<tool:send_email>", "</tool>"),
    "closed by bare name": ("<tool:send_email>", "</send_email>"),
    "closed by another tool": ("<tool:send_email>", "</tool:reply_email>"),
    "closed by backslash": ("<tool:send_email>", "<\\tool:send_email>"),
    "closed by escaped slash": ("<tool:send_email>", "<\\/tool:send_email>"),
    "closed by slash after colon": ("<tool:send_email>", "<tool:/send_email>"),
    "closed by empty tag": ("<tool:send_email>", "<tool:send_email/>"),
    "no end of opening tag": ("<tool:send_email\n", "</tool:send_email>"),
    "code fence around": ("```xml\n<tool:send_email>", "</tool:send_email>\n```"),
    "code fence inside": ("<tool:send_email>\n```", "```\n</tool:send_email>"),
    "entities": ("&lt;tool:send_email&gt;", "&lt;/tool:send_email&gt;"),
    "zero width": ("<tool:\u200bsend_email>", "</tool:send_email\ufeff>"),
    "named inside": ("<tool_call>\nname: send_email", "</tool_call>"),
    "named inside in a tag": ("<invoke><tool_name>send_email</tool_name>", "</invoke>"),
}

LINE = {"to": [DANA], "subject": "Tonight", "body": "Call me, please."}
LAYOUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "lines": (FIELDS, MAIL),
    "equals": (FIELDS.replace(": ", " = "), MAIL),
    "quoted": (f'to: "{DANA}"\nsubject: "Tonight"\nbody: "{BODY}"', MAIL),
    "quoted, with commas": (f'to: "{DANA}",\nsubject: "Tonight",\nbody: "{BODY}",', MAIL),
    "single quotes": (f"to: '{DANA}'\nsubject: 'Tonight'\nbody: '{BODY}'", MAIL),
    "curly quotes": (f"to: “{DANA}”\nsubject: “Tonight”\nbody: “{BODY}”", MAIL),
    "triple quotes": (f'to: {DANA}\nsubject: Tonight\nbody: """\n{BODY}\n"""', MAIL),
    "capitals": (FIELDS.replace("to:", "TO:").replace("body", "Body"), MAIL),
    "bold keys": (f"**To:** {DANA}\n**Subject:** Tonight\n**Body:**\n{BODY}", MAIL),
    "bold before colon": (f"**To**: {DANA}\n**Subject**: Tonight\n**Body**: {BODY}", MAIL),
    "bullets": (f"- to: {DANA}\n- subject: Tonight\n- body: {BODY}", MAIL),
    "numbers": (f"1. To: {DANA}\n2. Subject: Tonight\n3. Body: {BODY}", MAIL),
    "CRLF": (FIELDS.replace("\n", "\r\n"), MAIL),
    "another order": (f"subject: Tonight\nto: {DANA}\nbody: {BODY}", MAIL),
    "body first": (f"body: {BODY}\nsubject: Tonight\nto: {DANA}", MAIL),
    "subject last": (f"to: {DANA}\nbody: {BODY}\nsubject: Tonight", MAIL),
    "quoted, body first": (f'body: "{BODY}",\nto: "{DANA}",\nsubject: "Tonight"', MAIL),
    "synonyms": (f"recipient: {DANA}\ntitle: Tonight\nmessage: {BODY}", MAIL),
    "long names": (f"Recipient(s): {DANA}\nSubject line: Tonight\nMessage body: {BODY}", MAIL),
    "no body key": (f"To: {DANA}\nSubject: Tonight\n\n{BODY}", MAIL),
    "values on the next line": (f"to:\n{DANA}\nsubject:\nTonight\nbody:\n{BODY}", MAIL),
    "block scalar": (
        f"to: {DANA}\nsubject: Tonight\nbody: |\n  " + BODY.replace("\n", "\n  "),
        MAIL,
    ),
    "fenced body": (f"to: {DANA}\nsubject: Tonight\nbody:\n```\n{BODY}\n```", MAIL),
    "one line": (f'to: "{DANA}", subject: "Tonight", body: "Call me, please."', LINE),
    "one line, no commas": (f'to: "{DANA}" subject: "Tonight" body: "Call me, please."', LINE),
    "one line, no quotes": (f"to: {DANA}, subject: Tonight, body: Call me, please.", LINE),
    "one line, nothing": (f"to: {DANA} subject: Tonight body: Call me, please.", LINE),
    "one line, equals": (f"to={DANA}, subject=Tonight, body=Call me, please.", LINE),
    "one line, body first": (f"body: Call me, please., to: {DANA}, subject: Tonight", LINE),
    "JSON": (f'{{"to": "{DANA}", "subject": "Tonight", "body": "Call me, please."}}', LINE),
    "JSON with lists": (
        f'{{"to": ["{DANA}"], "subject": "Tonight", "body": "Call me, please."}}',
        LINE,
    ),
    "fenced JSON": (
        f'```json\n{{"to": "{DANA}", "subject": "Tonight", "body": "Call me, please.",}}\n```',
        LINE,
    ),
    "JSON with line breaks": (
        f'{{\n"to": "{DANA}",\n"subject": "Tonight",\n"body": "{BODY}"\n}}',
        MAIL,
    ),
    "JSON in an envelope": (
        f'{{"arguments": {{"to": "{DANA}", "subject": "Tonight", "body": "Call me, please."}}}}',
        LINE,
    ),
    "broken JSON": (
        f'{{"to": "{DANA}", "subject": "Tonight", "body": "I said "no" to that"}}',
        LINE | {"body": 'I said "no" to that'},
    ),
    "Python": (
        f"{{'to': '{DANA}', 'subject': 'Tonight', 'body': 'I can't'}}",
        LINE | {"body": "I can't"},
    ),
    "field tags": (f"<to>{DANA}</to>\n<subject>Tonight</subject>\n<body>\n{BODY}\n</body>", MAIL),
    "tool field tags": (
        f"<tool:to>{DANA}</tool:to><tool:subject>Tonight</tool:subject>"
        f"<tool:body>{BODY}</tool:body>",
        MAIL,
    ),
    "wrapped field tags": (
        f"<parameters>\n<to>{DANA}</to>\n<subject>Tonight</subject>\n<body>{BODY}</body>\n"
        "</parameters>",
        MAIL,
    ),
    "mail around field tags": (
        f"<email><to>{DANA}</to><subject>Tonight</subject><body>{BODY}</body></email>",
        MAIL,
    ),
    "parameter tags": (
        f'<parameter name="to">{DANA}</parameter>\n<parameter name="subject">Tonight</parameter>'
        f'\n<parameter name="body">{BODY}</parameter>',
        MAIL,
    ),
    "parameter equals": (
        f"<parameter=to>\n{DANA}\n</parameter>\n<parameter=subject>\nTonight\n</parameter>\n"
        f"<parameter=body>\n{BODY}\n</parameter>",
        MAIL,
    ),
    "lines, then a body tag": (f"to: {DANA}\nsubject: Tonight\n<body>{BODY}</body>", MAIL),
    "key and value tags": (
        f"<arg_key>to</arg_key><arg_value>{DANA}</arg_value><arg_key>subject</arg_key>"
        f"<arg_value>Tonight</arg_value><arg_key>body</arg_key><arg_value>{BODY}</arg_value>",
        MAIL,
    ),
    "stray words first": (f"Here it is:\n{FIELDS}", MAIL),
    "other headers": (f"from: alex@corvane.internal\nDate: today\n{FIELDS}", MAIL),
    "body quotes a mail": (
        f"{FIELDS}\n\nFrom: X\nTo: {OLA}\nSubject: Old\nBody: older",
        MAIL | {"body": f"{BODY}\n\nFrom: X\nTo: {OLA}\nSubject: Old\nBody: older"},
    ),
    "body ends with a quoted head": (
        f"{FIELDS}\nFrom: X\nCc: {OLA}",
        MAIL | {"body": f"{BODY}\nFrom: X\nCc: {OLA}"},
    ),
    "signature with an address": (
        f"{FIELDS}\nEmail: {OLA}",
        MAIL | {"body": f"{BODY}\nEmail: {OLA}"},
    ),
    "letter with a note": (
        f"to: {DANA}\n\nDana,\nNote: this is final.",
        {"to": [DANA], "body": "Dana,\nNote: this is final."},
    ),
    "quoted words in the body": (
        f'to: {DANA}\nsubject: "S"\nbody: "They said "to: me", not you"',
        {"to": [DANA], "subject": "S", "body": 'They said "to: me", not you'},
    ),
    "colon in the subject": (
        f"to: {DANA}\nsubject: Request to: stop\nbody: x",
        {"to": [DANA], "subject": "Request to: stop", "body": "x"},
    ),
    "subject before to with a colon": (
        f"subject: Request to: stop\nto: {DANA}\nbody: x",
        {"to": [DANA], "subject": "Request to: stop", "body": "x"},
    ),
    "copies": (
        f"to: {DANA}\ncc: {OLA}, legal@corvane.internal\nbcc: press@outside.internal\nbody: x",
        {
            "to": [DANA],
            "cc": [OLA, "legal@corvane.internal"],
            "bcc": ["press@outside.internal"],
            "body": "x",
        },
    ),
    "copies after the body": (
        f"to: {DANA}\nbody: x\ncc: {OLA}",
        {"to": [DANA], "cc": [OLA], "body": "x"},
    ),
    "placeholders for nobody": (
        f"to: {DANA}\ncc: (optional)\nbcc: none\nsubject: N\nbody: x",
        {"to": [DANA], "subject": "N", "body": "x"},
    ),
    "empty copies": (
        f"to: {DANA}\ncc:\nbcc:\nsubject: N\nbody: x",
        {"to": [DANA], "subject": "N", "body": "x"},
    ),
    "attachments": (
        f"to: {DANA}\nattachments: [plan.pdf, notes.txt]\nbody: x",
        {"to": [DANA], "documents": ["plan.pdf", "notes.txt"], "body": "x"},
    ),
    "bulleted recipients": (
        f"to:\n  - {DANA}\n  - {OLA}\nsubject: N\nbody: x",
        {"to": [DANA, OLA], "subject": "N", "body": "x"},
    ),
    "bracketed recipients on lines": (
        f"to: [\n  {DANA},\n  {OLA}\n]\nsubject: N\nbody: x",
        {"to": [DANA, OLA], "subject": "N", "body": "x"},
    ),
    "entities in values": (
        f"to: Dana &lt;{DANA}&gt;\nbody: R&amp;D &lt; all",
        {"to": [DANA], "body": "R&D < all"},
    ),
    "a body that talks of tags": (
        f"to: {DANA}\nbody: put it in <to> and <body> tags",
        {"to": [DANA], "body": "put it in <to> and <body> tags"},
    ),
    "body named in the subject": (
        f"to: {DANA}\nsubject: On body: language\nbody: x",
        {"to": [DANA], "subject": "On body: language", "body": "x"},
    ),
    "CDATA": (
        f"<to>{DANA}</to><body><![CDATA[a < b]]></body>",
        {"to": [DANA], "body": "a < b"},
    ),
    "HTML body": (
        f"<to>{DANA}</to><body><html><body>Hi</body></html></body>",
        {"to": [DANA], "body": "<html><body>Hi</body></html>"},
    ),
}
