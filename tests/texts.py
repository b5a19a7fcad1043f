"""Texts that AWS stores and that Ansible, Jinja or YAML could misread."""

from __future__ import annotations

from hypothesis import strategies as st


def commands(marker: str) -> list[str]:
    """Return texts that create the file at the path `marker` if anything evaluates them."""
    command = f"{{{{ lookup('ansible.builtin.pipe', 'touch {marker}') }}}}"
    statement = f"{{% if lookup('ansible.builtin.pipe', 'touch {marker}') %}}{{% endif %}}"
    delimiters = "#jinja2: variable_start_string: '[%', variable_end_string: '%]'"
    return [
        command,
        statement,
        f"Build notes\n{command}",
        f"Build notes\r\n{command}\r\n",
        f"\n\n{command}\n\n",
        f"one: {command}\n  two: {statement}",
        f"- {command}",
        f"'{command}",
        f'"{command}"',
        f"# {command}",
        f"a\x85{command}",
        f"a\u2028{command}\u2029{command}",
        f"\t{command} ",
        f"{{% raw %}}{{% endraw %}}{command}",
        f"{{#42}}\n{command}",
        f"!unsafe {command}",
        f"---\n{command}\n...",
        f"{delimiters}\n[% lookup('ansible.builtin.pipe', 'touch {marker}') %]",
        f"{delimiters}\n{command}",
        f"{'long ' * 40}{command}",
    ]


PLAIN = [
    "two\nlines",
    "CRLF\r\nand CR\ralone",
    "\n",
    "\n\n\nblank lines\n\n\n",
    "  leading and trailing  ",
    "\ttabs\t",
    "NEL\x85, U+2028\u2028, U+2029\u2029, NBSP\xa0, U+3000\u3000, BOM\ufeff",
    "\x00\x07\x1b[31m\x7f",
    "ü ß 日本 \U0001f600 e\u0301",
    "{% raw %}",
    "{#42}",
    "{# not a comment",
    "{{ }}",
    "{{",
    "}} {{ nobody }}",
    "{{ imagebuilder:buildDate }}",
    "x {{imagebuilder:buildDate}} {{ ssm:/x }} {{{ imagebuilder:buildDate }}}",
    "[[ imagebuilder:buildDate ]]",
    "[[\\ imagebuilder:buildDate ]] [[\\\\ssm:/x]] [[[ssm:/x]]]",
    "!unsafe",
    "!vault |",
    "!!python/object:os.system",
    "---",
    "...",
    "--- a",
    "- a",
    "? a",
    "a: b",
    "a # b",
    "# a",
    "#jinja2: nothing",
    "&anchor",
    "*alias",
    "<<",
    "=",
    "@",
    "`",
    "%",
    "%YAML 1.2",
    "|",
    ">",
    ",",
    "[",
    "]",
    "{",
    "}",
    '["a", "b"]',
    "{'a': 'b'}",
    "{'a': '{{ nobody }}'}",
    "null",
    "~",
    "yes",
    "on",
    "True",
    "false",
    "0",
    "012",
    "012345678901",
    "1_000",
    "0x1f",
    "1e3",
    ".inf",
    ".nan",
    "1:20",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "123\n",
    "yes\n",
    'it\'s "quoted" and \\escaped\\n',
    "'",
    '"',
    "\\",
    "x" * 1024,
    "word " * 204,
]

_PIECES = ["{{", "}}", "{%", "%}", "{#", "#}", "[[", "]]", "imagebuilder:buildDate", "ssm:/x", "\\", "#jinja2:", "raw"]
_PIECES += ["\n", "\r\n", "\r", "\t", " ", "\x85", "\u2028", "\ufeff", "'", '"', "- ", ": ", " #", "!unsafe ", "---"]
_PIECES += ["no", "1", "~", "&", "*", "|", ">", "?", "%", "@", "`", "=", "<<", "\\n", "{", "}", "ü", "\U0001f600"]
_UNICODE = st.characters(exclude_categories=["Cs"])

# Any text that JSON over HTTPS can bring, often one that looks like something else.
ANY_TEXT = st.one_of(
    st.lists(st.one_of(st.sampled_from(_PIECES), _UNICODE), max_size=12).map("".join),
    st.sampled_from([*PLAIN, *commands("/nowhere")]),
)
