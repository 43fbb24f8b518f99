"""Texts that real people send and examples do not show: each is valid unless the contract says otherwise."""

from __future__ import annotations

COMPOSITES: tuple[tuple[str, str], ...] = (
    (
        "signs",
        'feature/a:b @{u}~1^2 it\'s "q" `c` 100%41%zz 50% C:\\new\\table a+b&c=d?e#f;g,h|i*j!k [l] (m) <n> $o '
        "a:b:c::d//e--f__g..h@@i##j%%k''l++m==n&&o??p;;q,,r||s**t!!u$$v~~w^^",
    ),
    (
        "scripts",
        "构建分支 ビルド 빌드 ветка فرع العربية \u202eRTL e\u0301tape ñ ß İ ﬁ １２３ \u200b\ufeff\u2028 🚀👩‍💻🇨🇳",
    ),
    (
        "hostile",
        "x'; DROP TABLE builds; -- <script>alert(1)</script> ../../etc/passwd $(id) `id` ${HOME} {{7*7}} {a} %s %(x)d",
    ),
    ("layout", "  first\tsecond\r\nthird\n\x01\x1b\x7f \u0085\u00a0last  "),
)
"""Many signs in one text each, so that few accepted requests prove much."""

SINGLES: tuple[tuple[str, str], ...] = (
    ("digits", "20261122"),
    ("tag", "tag:v1.0"),
    ("null-like", "null"),
    ("leading-dash", "--upload-pack=touch"),
    ("upper-case", "MAIN"),
    ("scp-address", "git@git.example.com:acme/app.git"),
    ("one-sign", "x"),
    ("image", "registry.example.com:5000/acme/app:1.0@sha256:" + "ab" * 32),
    ("true-like", "true"),
    ("number-like", "1e3"),
    ("dots", "../../etc/passwd"),
    ("cjk", "构建分支"),
    ("emoji", "🚀"),
    ("address", "https://git.example.com:8443/a/b.git?ref=main&depth=1#readme"),
    ("quoted", '"main"'),
    ("bucket", "oss://bucket/archive.tar.gz"),
    ("json-like", '{"branch": ["main"]}'),
    ("hash", "#123"),
    ("at-sign", "@{upstream}"),
    ("markup", "<b>main</b>"),
    ("template", "{{branch}}"),
    ("percent", "%2e%2e%2f100%"),
    ("backslash", "dir\\name\\"),
    ("combining", "e\u0301"),
    ("trailing-slash", "main/"),
    ("dot-file", ".hidden"),
)
"""Texts whose point is the whole of them, or how they begin or end; the most usual first."""

USUAL = 8
"""So many of them every property should see."""

ALPHABETS: tuple[tuple[str, str], ...] = (("ascii", "a"), ("cjk", "中"), ("astral", "😀"))
"""Signs of one, three and four bytes in UTF-8; the last is two units in UTF-16."""

BLANKS: tuple[tuple[str, str], ...] = (
    ("empty", ""),
    ("blank", " "),
    ("tabs", " \t"),
    ("line-end", "\r\n"),
    ("no-break", "\u00a0"),
    ("em-space", "\u2003"),
    ("ideographic", "\u3000"),
    ("form-feed", "\x0b\x0c"),
    ("line-separator", "\u2028\u2029"),
)
"""Nothing a person can see. All of them are blanks to Python, Java, JavaScript and regular expressions alike."""

SURROGATES: tuple[tuple[str, str, str], ...] = (("high", "ma\\ud800in", "D800"), ("low", "\\udfff", "DFFF"))
"""Halves of a sign, as they stand in JSON: no text, although they can be written."""

NULS: tuple[tuple[str, str], ...] = (("nul-first", "\0main"), ("nul-middle", "ma\0in"), ("nul-last", "main\0"))
