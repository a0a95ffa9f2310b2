//! Tests of imports of unusual files.

use std::fs;

use wikijs_fake::{FakeAsset, FakePage};
use wikijs_transfer::TransferExt;

use crate::common::{exported, fake, files, folder, read, todo, write};

/// A file and the result of its import.
struct Case {
    file: &'static str,
    bytes: &'static [u8],
    want: Want,
    /// A part of each notice about the file.
    notes: Vec<&'static str>,
}

enum Want {
    Page(Box<FakePage>),
    /// A part of the problem.
    Problem(&'static str),
}

impl Case {
    fn note(mut self, part: &'static str) -> Self {
        self.notes.push(part);
        self
    }

    fn with(mut self, change: impl FnOnce(FakePage) -> FakePage) -> Self {
        if let Want::Page(page) = self.want {
            self.want = Want::Page(Box::new(change(*page)));
        }
        self
    }

    fn tags(self, tags: &[&str]) -> Self {
        self.with(|page| page.tags(tags.iter().copied()))
    }

    fn description(self, text: &str) -> Self {
        self.with(|page| page.description(text))
    }

    fn unpublished(self) -> Self {
        self.with(FakePage::unpublished)
    }

    fn editor(self, editor: &str) -> Self {
        self.with(|page| page.editor(editor))
    }

    fn at(self, locale: &str, path: &str) -> Self {
        self.with(|mut page| {
            locale.clone_into(&mut page.locale);
            path.clone_into(&mut page.path);
            page
        })
    }
}

/// Creates a case: a file that is imported as a page at the path of its name.
fn page(file: &'static str, bytes: &'static str, title: &str, content: &str) -> Case {
    let (path, _) = file.rsplit_once('.').unwrap();
    let page = FakePage::new(path, title).content(content);
    Case {
        file,
        bytes: bytes.as_bytes(),
        want: Want::Page(Box::new(page)),
        notes: Vec::new(),
    }
}

/// Creates a case: a file that is a problem.
fn problem(file: &'static str, bytes: &'static [u8], part: &'static str) -> Case {
    Case {
        file,
        bytes,
        want: Want::Problem(part),
        notes: Vec::new(),
    }
}

const LONG: &str = "# hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh\n";

/// Texts without front matter.
fn bodies() -> Vec<Case> {
    let plain = |file, bytes: &'static str, title| page(file, bytes, title, bytes);
    let html = |file, bytes: &'static str, title| page(file, bytes, title, bytes).editor("code");
    vec![
        plain("body/closing.md", "# C#\nx\n", "C#"),
        plain("body/closing-two.md", "# F# and C#\nx\n", "F# and C#"),
        plain("body/hash-behind.md", "# Issue #\nx\n", "Issue"),
        plain("body/hashes-behind.md", "# Title ##\nx\n", "Title"),
        plain("body/hash-only.md", "# #\nx\n", "hash-only"),
        plain("body/empty-heading.md", "#\nx\n", "empty-heading"),
        plain("body/setext.md", "Title\n=====\n\ntext\n", "Title"),
        plain("body/code.md", "# `foo --bar`\nx\n", "foo --bar"),
        plain("body/fence.md", "```sh\n# no\n```\n\n# Yes\n", "Yes"),
        plain(
            "body/fm-in-fence.md",
            "```yaml\n---\ntitle: x\n---\n```\n",
            "fm-in-fence",
        ),
        plain("body/bold.md", "# **Bold**\n", "Bold"),
        plain(
            "body/link.md",
            "# [Link](https://example.com) and `code` {#anchor}\n",
            "Link and code",
        ),
        plain(
            "body/escapes.md",
            "# Snake\\_case &amp; \\*\n",
            "Snake_case & *",
        ),
        plain("body/tags.md", "# <b>Bold</b> text\n", "Bold text"),
        plain("body/emoji.md", "# :rocket: Launch\n", ":rocket: Launch"),
        plain(
            "body/math.md",
            "# $\\alpha$\n$$\\frac{1}{2}$$\n",
            "$\\alpha$",
        ),
        plain(
            "body/comment.md",
            "<!-- one --><!--\ntwo\n-->\n# Behind\n",
            "Behind",
        ),
        plain(
            "body/badge.md",
            "[![b](b.svg)](x)\n\n[[_TOC_]]\n\n# Behind\n",
            "Behind",
        ),
        plain("body/later.md", "Text\n\n## Later\n", "Later"),
        plain("body/lead.md", "\n\n  \n# Lead\n", "Lead"),
        plain("body/trail.md", "# Trail\n\n\n\n", "Trail"),
        plain("body/no-newline.md", "# N\nno newline", "N"),
        plain("body/crlf.md", "# Crlf\r\n\r\nline\r\n", "Crlf"),
        plain("body/mixed.md", "# M\n\r\n\rx\r\n", "M"),
        plain("body/cr.md", "# Cr\rline\r", "Cr"),
        plain("body/decomposed.md", "# Cafe\u{301}\n", "Cafe\u{301}"),
        plain(
            "body/spaces.md",
            "# N\u{a0}B\u{2028}s\u{85}n\n",
            "N\u{a0}B\u{2028}s\u{85}n",
        ),
        plain(
            "body/control.md",
            "# C\u{1}\u{1b}[0m\u{7f}\n",
            "C\u{1}\u{1b}[0m\u{7f}",
        ),
        plain("body/replacement.md", "# bad \u{fffd}\n", "bad \u{fffd}"),
        plain("body/script.md", "# S\n<script>alert(1)</script>\n", "S"),
        page("body/bom.md", "\u{feff}# Mark\n", "Mark", "# Mark\n").note("byte order mark"),
        html(
            "body/page.html",
            "<!-- c -->\n<h1 id=\"x\">A &amp; <i>b</i></h1>\r\n<p>y</p>",
            "A & b",
        ),
        html("body/upper.HTM", "<H1 class=\"x\">Upper</H1>\n", "Upper"),
        html("body/fragment.html", "<p>fragment</p>\n", "fragment"),
        problem("body/nul.md", b"# Nul\0\n", "NUL"),
        problem("body/blank.md", b"   \n \n", "empty"),
        problem("body/nothing.md", b"", "empty"),
        problem("body/bom-only.md", b"\xef\xbb\xbf", "empty").note("byte order mark"),
        problem("body/utf16.md", b"\xff\xfe#\0", "UTF-16"),
        problem("body/latin1.md", b"# Caf\xe9\n", "not UTF-8"),
        problem("body/long.md", LONG.as_bytes(), "255"),
    ]
}

/// Texts that begin like front matter.
fn no_front_matter() -> Vec<Case> {
    let plain = |file, bytes: &'static str, title| page(file, bytes, title, bytes);
    vec![
        plain(
            "break/heading.md",
            "---\n# Welcome\n\n---\n\nMore text\n",
            "Welcome",
        ),
        plain(
            "break/words.md",
            "---\n\nJust words\n\n---\nMore\n",
            "words",
        ),
        plain("break/list.md", "---\n- a\n- b\n---\nMore\n", "list"),
        plain(
            "break/tip.md",
            "---\n\nTip: read this\n\n---\n\nMore",
            "tip",
        )
        .note("(Tip): taken as text"),
        plain("break/map.md", "---\nNote: text\n\n---\n# Map\n", "Map")
            .note("(Note): taken as text"),
        plain("break/open.md", "---\ntitle: x\n\nno end\n", "open").note("no line `---` ends that"),
        plain("break/alone.md", "---\n", "alone"),
        plain(
            "break/prose.md",
            "---\nA: b\nno mapping: [\n\n---\n",
            "prose",
        ),
        plain("break/four.md", "----\ntitle: x\n\n----\n# Four\n", "Four").note("taken as text"),
        plain(
            "break/blank.md",
            "\n---\ntitle: x\n\n---\n# Blank\n",
            "Blank",
        )
        .note("line 2 is taken as text"),
        plain(
            "break/comment.md",
            "<!-- x -->\n---\ntitle: x\n\n---\n# Comment\n",
            "Comment",
        )
        .note("line 2"),
        plain(
            "break/indent.md",
            "  ---\n  title: x\n\n  ---\n# In\n",
            "In",
        )
        .note("taken as text"),
        plain("break/plus.md", "+++\nno toml\n+++\n", "plus"),
        plain("break/toml.md", "+++\na = 1\n+++\n", "toml").note("(a): taken as text"),
        plain("break/json.md", "{\"a\": 1}\n", "json").note("(a): taken as text"),
        plain("break/brace.md", "{ text\n", "brace"),
        plain("break/percent.md", "% of it\nis text\n", "percent"),
    ]
}

/// YAML.
fn yaml() -> Vec<Case> {
    vec![
        page("yaml/usual.md", "---\ntitle: A\n---\n\nx\n", "A", "x\n"),
        page("yaml/empty.md", "---\n---\n\n# E\n", "E", "# E\n"),
        page("yaml/crlf.md", "---\r\ntitle: A\r\n---\r\n\r\nx\r\n", "A", "x\r\n"),
        page("yaml/cr.md", "---\rtitle: A\r---\rx\r", "A", "x\r"),
        page("yaml/bom.md", "\u{feff}---\ntitle: A\n---\nx\n", "A", "x\n"),
        page("yaml/blanks.md", "---\t\ntitle: A   \n--- \nx\n", "A", "x\n"),
        page("yaml/dots.md", "---\ntitle: A\n...\n\nx\n", "A", "x\n"),
        page("yaml/twice.md", "---\ntitle: A\n---\n---\nfoo: bar\n---\n", "A", "---\nfoo: bar\n---\n"),
        page("yaml/number.md", "---\ntitle: 2024\n---\nx\n", "2024", "x\n"),
        page("yaml/big.md", "---\ntitle: 12345678901234567890123\n---\nx\n", "12345678901234567890123", "x\n"),
        page("yaml/octal.md", "---\ntitle: 007\n---\nx\n", "007", "x\n"),
        page("yaml/hex.md", "---\ntitle: 0x1F\n---\nx\n", "0x1F", "x\n"),
        page("yaml/truth.md", "---\ntitle: true\n---\nx\n", "true", "x\n"),
        page("yaml/yes.md", "---\ntitle: Yes\n---\nx\n", "Yes", "x\n"),
        page("yaml/null.md", "---\ntitle:\n---\n# Real\n", "Real", "# Real\n"),
        page("yaml/none.md", "---\ntitle: \"\"\n---\n# Real\n", "Real", "# Real\n"),
        page("yaml/padded.md", "---\ntitle: \"  p  \"\n---\nx\n", "  p  ", "x\n"),
        page("yaml/joiner.md", "---\ntitle: 👩\u{200d}👧\n---\nx\n", "👩\u{200d}👧", "x\n"),
        page("yaml/anchor.md", "---\ntitle: &t A\ndescription: *t\n---\nx\n", "A", "x\n").description("A"),
        page("yaml/merge.md", "---\n<<: {title: M}\n---\nx\n", "M", "x\n"),
        page("yaml/folded.md", "---\ntitle: A\ndescription: >-\n  two\n  lines\n---\nx\n", "A", "x\n")
            .description("two lines"),
        page("yaml/count.md", "---\ntitle: A\ndescription: 42\n---\nx\n", "A", "x\n").description("42"),
        page("yaml/capitals.md", "---\nTitle: A\nTags: [B]\n---\nx\n", "A", "x\n")
            .tags(&["b"])
            .note("`Title` is read as `title`")
            .note("`Tags` is read as `tags`"),
        page("yaml/unknown.md", "---\ntitle: A\nfoo: 1\nfoo: 2\n---\nx\n", "A", "x\n").note("not imported: foo, foo"),
        page("yaml/same.md", "---\ntitle: A\ntitle: A\n---\nx\n", "A", "x\n"),
        page("yaml/hash.md", "---\ntitle: Ticket #42\n---\nx\n", "Ticket", "x\n").note("line 2: `#42` is a comment"),
        page("yaml/path.md", "---\ntitle: A\npath: /else/where/\n---\nx\n", "A", "x\n").at("en", "else/where"),
        page("yaml/no-path.md", "---\ntitle: A\npath:\n---\nx\n", "A", "x\n"),
        page("yaml/locale.md", "---\ntitle: A\nlocale: FR\n---\nx\n", "A", "x\n").at("fr", "yaml/locale"),
        page("yaml/region.md", "---\ntitle: A\nlocale: pt_BR\n---\nx\n", "A", "x\n").at("pt-br", "yaml/region"),
        page("yaml/no-locale.md", "---\ntitle: A\nlocale:\n---\nx\n", "A", "x\n"),
        page("yaml/lang.md", "---\ntitle: A\nlang: fr\n---\nx\n", "A", "x\n").note("lang"),
        page("yaml/editor.md", "---\ntitle: A\neditor: ckeditor\n---\n<p>x</p>\n", "A", "<p>x</p>\n").editor("ckeditor"),
        page("yaml/no-editor.md", "---\ntitle: A\neditor:\n---\nx\n", "A", "x\n"),
        page("yaml/foreign-hash.md", "---\ntitle: A\nhash: deadbeef\n---\n\nx\n", "A", "x\n").note("hash"),
        problem("yaml/at.md", b"---\ntitle: @home\n---\nx\n", "title: \"@home\""),
        problem("yaml/colon.md", b"---\ntitle: A: b\n---\nx\n", "title: \"A: b\""),
        problem("yaml/brackets.md", b"---\ntitle: [[Wiki]]\n---\nx\n", "title: \"[[Wiki]]\""),
        problem("yaml/star.md", b"---\ntitle: *Important*\n---\nx\n", "title: \"*Important*\""),
        problem("yaml/tab.md", b"---\ntitle: A\ntags:\n\t- a\n---\nx\n", "indent with spaces"),
        problem("yaml/binary.md", b"---\ntitle: !!binary aGVsbG8=\n---\nx\n", "binary data"),
        problem("yaml/own-tag.md", b"---\ntitle: !foo bar\n---\nx\n", "YAML tag"),
        problem("yaml/two.md", b"---\ntitle: One\ntitle: Two\n---\nx\n", "twice, with different values"),
        problem("yaml/listed.md", b"---\ntitle: A\ndescription: [a, b]\n---\nx\n", "a list"),
        problem("yaml/us.md", b"---\ntitle: A\nlocale: en_US\n---\nx\n", "no locale `en_US`"),
        problem("yaml/no.md", b"---\ntitle: A\nlocale: no\n---\nx\n", "no locale `no`"),
        problem("yaml/wysiwyg.md", b"---\ntitle: A\neditor: wysiwyg\n---\nx\n", "markdown, code (HTML)"),
        problem(
            "yaml/bomb.md",
            b"---\ntitle: A\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n---\nx\n",
            "repetition",
        ),
    ]
}

/// Tags, dates, and whether a page is published.
fn values() -> Vec<Case> {
    let tagged = |file, bytes, tags: &[&str]| page(file, bytes, "A", "x\n").tags(tags);
    let hidden = |file, bytes| page(file, bytes, "A", "x\n").unpublished();
    vec![
        tagged(
            "value/list.md",
            "---\ntitle: A\ntags: [b, C]\n---\nx\n",
            &["b", "c"],
        ),
        tagged(
            "value/numbers.md",
            "---\ntitle: A\ntags: [2024, 1.10, true]\n---\nx\n",
            &["1.10", "2024", "true"],
        ),
        tagged(
            "value/number.md",
            "---\ntitle: A\ntags: 2024\n---\nx\n",
            &["2024"],
        ),
        tagged(
            "value/commas.md",
            "---\ntitle: A\ntags: one two, three\n---\nx\n",
            &["one two", "three"],
        ),
        tagged(
            "value/comma.md",
            "---\ntitle: A\ntags: [\"a, b\"]\n---\nx\n",
            &["a, b"],
        ),
        tagged("value/no-tags.md", "---\ntitle: A\ntags:\n---\nx\n", &[]),
        problem(
            "value/words.md",
            b"---\ntitle: A\ntags: one two\n---\nx\n",
            "[one, two]",
        ),
        problem(
            "value/hash.md",
            b"---\ntitle: A\ntags:\n  - #todo\n  - x\n---\nx\n",
            "begins a comment",
        ),
        problem(
            "value/map.md",
            b"---\ntitle: A\ntags:\n  topic: x\n---\nx\n",
            "tags: [one, two]",
        ),
        hidden(
            "value/false.md",
            "---\ntitle: A\npublished: false\n---\nx\n",
        ),
        hidden("value/no.md", "---\ntitle: A\npublished: no\n---\nx\n"),
        hidden(
            "value/quoted.md",
            "---\ntitle: A\npublished: \"false\"\n---\nx\n",
        ),
        hidden("value/zero.md", "---\ntitle: A\nisPublished: 0\n---\nx\n"),
        hidden("value/draft.md", "---\ntitle: A\ndraft: true\n---\nx\n"),
        hidden(
            "value/obsidian.md",
            "---\ntitle: A\npublish: false\n---\nx\n",
        ),
        hidden(
            "value/both.md",
            "---\ntitle: A\npublished: false\nisPublished: false\n---\nx\n",
        ),
        page(
            "value/no-draft.md",
            "---\ntitle: A\ndraft: false\n---\nx\n",
            "A",
            "x\n",
        ),
        problem(
            "value/contrary.md",
            b"---\ntitle: A\npublished: true\ndraft: yes\n---\nx\n",
            "contradict",
        ),
        problem(
            "value/unsaid.md",
            b"---\ntitle: A\npublished:\n---\nx\n",
            "published: true",
        ),
        problem(
            "value/perhaps.md",
            b"---\ntitle: A\npublished: perhaps\n---\nx\n",
            "published: true",
        ),
        problem(
            "value/private.md",
            b"---\ntitle: A\nprivate: true\n---\nx\n",
            "published: false",
        ),
        page(
            "value/not-private.md",
            "---\ntitle: A\nprivate: false\n---\nx\n",
            "A",
            "x\n",
        ),
        page(
            "value/marked.md",
            "---\ntitle: A\nisPrivate: true\nprivateNS: x\n---\nx\n",
            "A",
            "x\n",
        )
        .with(FakePage::private)
        .note("hides no page")
        .note("privateNS"),
        page(
            "value/start.md",
            "---\ntitle: A\npublishStartDate: 2030-01-01 10:00:00 +01:00\n---\nx\n",
            "A",
            "x\n",
        )
        .with(|page| page.publish_dates("2030-01-01T09:00:00.000Z", ""))
        .note("is read as 2030-01-01T09:00:00.000Z"),
        page(
            "value/day.md",
            "---\ntitle: A\npublishEndDate: 2030-01-01\n---\nx\n",
            "A",
            "x\n",
        )
        .with(|page| page.publish_dates("", "2030-01-01")),
        problem(
            "value/tomorrow.md",
            b"---\ntitle: A\npublishStartDate: tomorrow\n---\nx\n",
            "2026-01-31T09:30",
        ),
        page(
            "value/author.md",
            "---\ntitle: A\nauthor: Jane Doe\n---\nx\n",
            "A",
            "x\n",
        )
        .note("author"),
        page(
            "value/authors.md",
            "---\ntitle: A\nauthor:\n- name: Jane\ndate: \\today\n---\nx\n",
            "A",
            "x\n",
        )
        .note("author, date"),
        page(
            "value/creator.md",
            "---\ntitle: A\ncreator: Jane\n---\nx\n",
            "A",
            "x\n",
        )
        .note("creator"),
        page(
            "value/id.md",
            "---\ntitle: A\nid: intro\n---\nx\n",
            "A",
            "x\n",
        )
        .note("id"),
        page(
            "value/uuid.md",
            "---\ntitle: A\nid: 3f0c2a9e-1111-4222-8333-444455556666\n---\nx\n",
            "A",
            "x\n",
        )
        .note("id"),
        page("value/no-id.md", "---\ntitle: A\nid:\n---\nx\n", "A", "x\n").note("id"),
        page(
            "value/dates.md",
            "---\ntitle: A\ndate: [2024, 1]\n---\nx\n",
            "A",
            "x\n",
        )
        .note("date"),
        page(
            "value/date.md",
            "---\ntitle: A\ndate: March 4, 2021\n---\nx\n",
            "A",
            "x\n",
        )
        .note("date"),
        page(
            "value/date-map.md",
            "---\ntitle: A\ndate:\n  created: 2024-01-01\n---\nx\n",
            "A",
            "x\n",
        )
        .note("date"),
    ]
}

/// Formats of other programs.
fn formats() -> Vec<Case> {
    vec![
        page("format/toml.md", "+++\ntitle = \"T\"\ndraft = true\ntags = [\"a\"]\n+++\n\n# X\n", "T", "# X\n")
            .tags(&["a"])
            .unpublished(),
        problem("format/bad-toml.md", b"+++\ntitle = \n+++\n", "TOML"),
        page("format/json.md", "{\n\"title\": \"J\", \"tags\": [1]\n}\n\n# X\n", "J", "# X\n").tags(&["1"]),
        page("format/pandoc.md", "% P\n% Jane\n\nText\n", "P", "Text\n").note("`%` line").note("author"),
        page("format/one.md", "<!-- TITLE: O -->\n<!-- SUBTITLE: S -->\n\n# X\n", "O", "# X\n")
            .description("S")
            .note("Wiki.js 1"),
        page(
            "format/storage.md",
            "---\ntitle: Ticket #42\ndescription: see #7: and [x]\npublished: true\ndate: 2022-02-02T10:00:00.000Z\n\
             tags: c#, x #y\neditor: markdown\ndateCreated: 2022-01-01T10:00:00.000Z\n---\n\n# Body\n",
            "Ticket #42",
            "# Body\n",
        )
        .description("see #7: and [x]")
        .tags(&["c#", "x #y"]),
        page(
            "format/storage-star.md",
            "---\ntitle: *Important*\ndescription: \npublished: false\ndate: 2022-02-02T10:00:00.000Z\ntags: 2024\n\
             editor: markdown\ndateCreated: 2022-01-01T10:00:00.000Z\n---\n\n\n\n# Body\n",
            "*Important*",
            "\n\n# Body\n",
        )
        .tags(&["2024"])
        .unpublished(),
        page(
            "format/storage-crlf.md",
            "---\r\ntitle: \"Hello\" world\r\ndescription: null\r\npublished: true\r\ndate: x\r\ntags:\r\n\
             editor: markdown\r\ndateCreated: y\r\n---\r\n\r\nx\r\n",
            "\"Hello\" world",
            "x\r\n",
        )
        .note("description: null"),
        page(
            "format/storage2.html",
            "<!--\ntitle: Install: the guide\ndescription: d\npublished: false\ndate: 2022-02-02T10:00:00.000Z\n\
             tags: one, two\neditor: ckeditor\ndateCreated: 2022-01-01T10:00:00.000Z\n-->\n\n<h1>Body</h1>\n",
            "Install: the guide",
            "<h1>Body</h1>\n",
        )
        .description("d")
        .tags(&["one", "two"])
        .editor("ckeditor")
        .unpublished(),
        page(
            "format/older.html",
            "<!--\ntitle: Older\npublished: false\ntags: one\n-->\n\n<p>x</p>\n",
            "Older",
            "<p>x</p>\n",
        )
        .tags(&["one"])
        .editor("code")
        .unpublished(),
        problem(
            "format/storage-perhaps.md",
            b"---\ntitle: A\ndescription: \npublished: perhaps\ndate: x\ntags: \neditor: markdown\ndateCreated: y\n---\n\nx\n",
            "published: true",
        ),
    ]
}

/// Names.
fn names() -> Vec<Case> {
    let plain = |file, path| {
        page(file, "x\n", "T", "x\n")
            .at("en", path)
            .with(|mut page| {
                page.title = page.path.rsplit('/').next().unwrap().to_owned();
                page
            })
    };
    vec![
        plain("name/UPPER.MD", "name/UPPER"),
        plain("EN/upper.md", "upper"),
        page("fr/bonjour.md", "# B\n", "B", "# B\n").at("fr", "bonjour"),
        plain("name/a+b,c@d!.md", "name/a+b,c@d!"),
        plain("name/a~b.md", "name/a~b"),
        plain("name/$HOME.md", "name/$HOME"),
        plain("name/_hidden.md", "name/_hidden"),
        plain("name/con.md", "name/con"),
        plain("name/日本語.md", "name/日本語"),
        plain("name/ligature\u{fb01}.md", "name/ligature\u{fb01}"),
        plain("name/Cafe\u{301}.md", "name/Caf\u{e9}").note("composed letters"),
        problem("js/intro.md", b"x", "no locale `js`"),
        problem("hr/intro.md", b"x", "no locale `hr`"),
        problem("name/a b.md", b"x", "`name/a b` has"),
        problem("name/a%20b.md", b"x", "`name/a b` has"),
        problem("name/100%.md", b"x", "`%`"),
        problem("name/a.b/c.md", b"x", "dot"),
        problem("name/dots...md", b"x", "dot"),
        problem("name/a#b.md", b"x", "`#`"),
        problem("login.md", b"x", "route"),
        problem("x/y.md", b"x", "one letter"),
    ]
}

#[tokio::test]
async fn unusual_files_are_read_correctly_or_reported() {
    let (fake, wiki) = fake().await;
    let folder = folder();
    let mut cases = bodies();
    for more in [no_front_matter(), yaml(), values(), formats(), names()] {
        cases.extend(more);
    }
    for case in &cases {
        let path = folder.path().join(case.file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, case.bytes).unwrap();
    }
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    for case in &cases {
        let problems = plan
            .problems
            .iter()
            .filter(|problem| problem.file.to_str() == Some(case.file));
        let problems: Vec<String> = problems.map(ToString::to_string).collect();
        match &case.want {
            Want::Page(_) => assert_eq!(problems, [""; 0], "{}", case.file),
            Want::Problem(part) => {
                assert_eq!(problems.len(), 1, "{}", case.file);
                assert!(problems[0].contains(part), "{part}: {}", problems[0]);
                assert!(!problems[0].contains("invalid type"), "{}", problems[0]);
                continue;
            }
        }
        let about = format!("{}: ", case.file);
        let notes: Vec<_> = plan
            .notices
            .iter()
            .filter_map(|note| note.strip_prefix(&about))
            .collect();
        assert_eq!(notes.len(), case.notes.len(), "{}: {notes:?}", case.file);
        for part in &case.notes {
            assert!(
                notes.iter().any(|note| note.contains(part)),
                "{part}: {notes:?}"
            );
        }
    }
    for locale in ["js", "hr"] {
        let note = format!("`{locale}/` is taken for a folder");
        let problem = plan
            .problems
            .iter()
            .any(|problem| problem.to_string().contains(&format!("`{locale}`")));
        assert!(
            problem || plan.notices.iter().any(|notice| notice.starts_with(&note)),
            "{plan}"
        );
    }

    let report = plan.apply().await.unwrap();
    assert!(report.is_complete(), "{report}");
    for case in cases {
        let Want::Page(want) = case.want else {
            continue;
        };
        let locale = if want.locale.is_empty() {
            "en"
        } else {
            &want.locale
        };
        let found = fake.page_by_path(locale, &want.path);
        let found = found.unwrap_or_else(|| panic!("{} is not there", case.file));
        let essence = |page: &FakePage| {
            let mut tags = page.tags.clone();
            tags.sort();
            let texts = (
                page.title.clone(),
                page.description.clone(),
                page.content.clone(),
            );
            let dates = (
                page.publish_start_date.clone(),
                page.publish_end_date.clone(),
            );
            (
                texts,
                tags,
                page.is_published,
                page.is_private,
                page.editor.clone(),
                dates,
            )
        };
        assert_eq!(essence(&found), essence(&want), "{}", case.file);
    }
    let again = wiki.import(folder.path()).plan().await.unwrap();
    assert!(again.is_empty(), "{again}");
}

#[tokio::test]
async fn the_locales_of_the_wiki_are_requested_once() {
    let (fake, wiki) = fake().await;
    let folder = folder();
    for n in 0..20 {
        write(&folder, &format!("fr/page{n}.md"), "# Page\n");
    }
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert!(plan.pages.iter().all(|page| page.place.locale == "fr"));
    let requests = fake.requests();
    let operations = requests.iter().flat_map(|request| &request.operations);
    let asked = operations.filter(|operation| {
        operation
            .name
            .as_deref()
            .is_some_and(|name| name.contains("Locales"))
    });
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn different_line_ends_of_a_checkout_are_not_a_change() {
    let (fake, wiki) = fake().await;
    let text = "# A\n\ntext\n";
    let id = fake.insert_page(
        FakePage::new("docs/a", "A")
            .content(text)
            .scripts("", "a()\nb()\n"),
    );
    fake.insert_page(FakePage::new("docs/b", "B").content(text));
    fake.insert_asset(FakeAsset::new("docs/a.csv", "a\nb\n"));
    let folder = folder();
    exported(&wiki, &folder).await;
    for file in files(&folder) {
        let text = read(&folder, &file).replace('\n', "\r\n");
        write(&folder, &file, &text);
    }
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert!(plan.is_empty(), "{plan}");
    let exact = wiki
        .import(folder.path())
        .exact_line_ends()
        .plan()
        .await
        .unwrap();
    assert_eq!(todo(&exact).len(), 3, "{exact}");
    // A copy without the manifest.
    let bare = crate::common::folder();
    write(&bare, "en/docs/a.md", &read(&folder, "en/docs/a.md"));
    let plan = wiki
        .import(bare.path())
        .with_assets(false)
        .plan()
        .await
        .unwrap();
    assert!(plan.is_empty(), "{plan}");

    // The files still count as written by the export.
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(
        (report.pages_unchanged, report.assets_unchanged),
        (2, 1),
        "{report}"
    );
    fake.edit_page(id, |page| page.title = "Other".to_owned());
    let report = wiki.export(folder.path()).await.unwrap();
    assert!(
        report.is_complete() && report.pages_written == 1,
        "{report}"
    );

    // An update keeps the line ends of the wiki.
    let edited = read(&folder, "en/docs/b.md").replace("text", "new text");
    write(&folder, "en/docs/b.md", &edited);
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert!(plan.apply().await.unwrap().is_complete());
    let page = fake.page_by_path("en", "docs/b").unwrap();
    assert_eq!(page.content, "# A\n\nnew text\n");
}

#[tokio::test]
async fn the_assets_of_a_storage_target_lie_beside_its_pages() {
    let (fake, wiki) = fake().await;
    let folder = folder();
    let page = |title: &str| {
        format!(
            "---\ntitle: {title}\ndescription: \npublished: true\ndate: 2022-02-02T10:00:00.000Z\ntags: \n\
             editor: markdown\ndateCreated: 2022-01-01T10:00:00.000Z\n---\n\n# Body\n"
        )
    };
    write(&folder, "home.md", &page("Home"));
    write(&folder, "fr/home.md", &page("Accueil"));
    write(&folder, "uploads/photo.png", "png");
    write(&folder, "logo.svg", "<svg/>");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert_eq!(plan.problems, []);
    let expected = [
        "create home",
        "create home",
        "upload logo.svg",
        "upload uploads/photo.png",
    ];
    assert_eq!(todo(&plan), expected, "{plan}");
    assert!(plan.apply().await.unwrap().is_complete());
    assert_eq!(fake.asset_at("uploads/photo.png").unwrap().content, b"png");

    let plan = wiki
        .import(folder.path())
        .assets_beside_pages(false)
        .plan()
        .await
        .unwrap();
    assert!(plan.assets.is_empty(), "{plan}");
    assert!(
        plan.to_string()
            .contains("2 files are neither pages nor assets: . (1), uploads (1)"),
        "{plan}"
    );
}
