//! Comparing style sheets of pages, which Wiki.js minifies with CleanCSS.

/// Returns `true` if two style sheets differ at most by white space, comments and unnecessary semicolons.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one == other || compact(one) == compact(other)
}

/// Returns `true` if Wiki.js has certainly not stored the style sheet `wanted`, because the previous one is still there.
///
/// CleanCSS changes values and drops what it does not understand, but adds no selectors and no properties.
pub(super) fn is_refused(before: &str, wanted: &str, stored: &str) -> bool {
    let wanted = compact(wanted);
    if before != stored || wanted == compact(stored) {
        return false;
    }
    if stored.is_empty() {
        return names(&wanted).any(|(name, value)| is_property(name) && is_value(value));
    }
    let (stored, wanted) = (bare(&compact(stored)), bare(&wanted));
    names(&stored).any(|(name, _)| !wanted.contains(name))
}

fn bare(css: &str) -> String {
    css.split_whitespace().collect()
}

/// Returns `false` for the misspelled properties of old browsers, such as `*zoom`, and for `filter`: CleanCSS drops them.
fn is_property(name: &str) -> bool {
    let is_ordinary = |c: char| c == '-' || c.is_ascii_alphabetic();
    !name.is_empty() && name.chars().all(is_ordinary) && !name.eq_ignore_ascii_case("filter")
}

/// Returns `false` for no value, and for values with a mark of old browsers, such as `black \9`, which CleanCSS drops.
fn is_value(value: &str) -> bool {
    !value.is_empty() && !value.contains('\\')
}

/// Returns the names of properties, each with its value, and the beginnings of selectors and at-rules with an empty value.
fn names(css: &str) -> impl Iterator<Item = (&str, &str)> {
    let name_of = |text: &str| {
        text.find([':', '(', '[', ')', '"', '\''])
            .unwrap_or(text.len())
    };
    css.split_inclusive(['{', '}', ';']).flat_map(move |piece| {
        let (text, separator) = match piece.strip_suffix('{') {
            Some(selectors) => (selectors, ','),
            // The value of a declaration may contain commas.
            None => (piece.trim_end_matches(['}', ';']), '\0'),
        };
        text.split(separator).map(move |text| {
            let (name, rest) = text.split_at(name_of(text));
            let value = rest.strip_prefix(':').filter(|_| separator == '\0');
            (name, value.unwrap_or_default())
        })
    })
}

/// Removes comments, white space and semicolons without a meaning. Keeps quoted texts.
fn compact(css: &str) -> String {
    let mut compact = String::with_capacity(css.len());
    let mut rest = css.trim();
    let mut is_spaced = false;
    // The start of the current selector, at-rule or declaration, and its first colon. Only in a selector, white space at a
    // colon has a meaning.
    let (mut start, mut colon) = (0, None);
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
            continue;
        }
        let length = if matches!(c, '"' | '\'') {
            quoted(rest, c)
        } else {
            c.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if c.is_whitespace() {
            is_spaced = true;
            continue;
        }
        let is_at_rule = compact[start..].starts_with('@');
        let follows_sign = compact.is_empty()
            || compact.ends_with(['{', '}', ';', ',', '>', '('])
            || is_at_rule && compact.ends_with(':');
        let is_kept = is_spaced && !follows_sign && !"{};,>!)".contains(c);
        is_spaced = false;
        if matches!(c, ';' | '}')
            && let Some(at) = colon
        {
            let declaration = compact.split_off(start);
            let (name, value) = declaration.split_at(at - start);
            compact.push_str(name.trim_end());
            compact.push(':');
            compact.push_str(value[1..].trim_start());
        }
        if matches!(c, ';' | '}') {
            compact.truncate(compact.trim_end_matches(';').len());
        }
        if is_kept {
            compact.push(' ');
        }
        if c == ':' && colon.is_none() {
            colon = Some(compact.len());
        }
        compact.push_str(token);
        if matches!(c, ';' | '{' | '}') {
            (start, colon) = (compact.len(), None);
        }
    }
    compact
}

/// Returns the length of the quoted text at the start of a style sheet, with its quotes.
fn quoted(css: &str, quote: char) -> usize {
    let mut is_escaped = true;
    let end = css.char_indices().find(|(_, c)| {
        let is_end = *c == quote && !is_escaped;
        // The first quote counts as escaped.
        is_escaped = *c == '\\' && !is_escaped;
        is_end
    });
    end.map_or(css.len(), |(at, _)| at + quote.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_comments_and_semicolons_do_not_matter() {
        for (css, minified) in [
            ("h1 { color : red ; }\n/* end */", "h1{color:red}"),
            ("a  b , c > d { top: 1px; ; }", "a b,c>d{top:1px}"),
            (
                "@media (min-width: 9px) { a { top: 1px } }",
                "@media (min-width:9px){a{top:1px}}",
            ),
            ("a{color:red !important}", "a{color:red!important}"),
        ] {
            assert!(is_same(css, minified), "{css}: {}", compact(css));
        }
        for (css, other) in [
            ("a b{top:1px}", "ab{top:1px}"),
            ("a :hover{top:1px}", "a:hover{top:1px}"),
            ("a: hover{top:1px}", "a:hover{top:1px}"),
            ("a{top:calc(1px + 2px)}", "a{top:calc(1px +2px)}"),
            ("a{content:\"x  y\"}", "a{content:\"x y\"}"),
            ("a{content:'/* x */'}", "a{content:''}"),
        ] {
            assert!(!is_same(css, other), "{css}");
        }
    }

    #[test]
    fn a_style_sheet_that_may_have_been_minified_is_not_refused() {
        for (wanted, stored) in [
            ("h1 { color: #ff0000; }", "h1{color:red}"),
            ("a { margin: 0px }", "a{margin:0}"),
            ("h1 { color: red", "h1{color:red}"),
            (
                "b, a , [type=\"text\"] { color: blue }",
                "[type=text],a,b{color:#00f}",
            ),
            ("a{color:red}b{}", "a{color:red}"),
            (
                "@import url(\"https://x.example/a.css\");",
                "@import url(https://x.example/a.css);",
            ),
            ("a{*zoom:1;filter:alpha(opacity=50)}", ""),
            ("a{}", ""),
            ("/* nothing */", ""),
            (
                "a{transition:color 0.3s,background-color 0.3s}",
                "a{transition:color .3s,background-color .3s}",
            ),
        ] {
            assert!(!is_refused(stored, wanted, stored), "{wanted}");
        }
        for (wanted, stored) in [
            ("h1{color:red}", ""),
            ("", "h1{color:red}"),
            ("h2{color:red}", "h1{color:red}"),
            ("h1{background:red}", "h1{color:red}"),
        ] {
            assert!(is_refused(stored, wanted, stored), "{wanted}");
        }
    }
}
