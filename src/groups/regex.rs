//! Checks a regular expression before it is sent to Wiki.js.
//!
//! Wiki.js refuses a page rule whose expression is invalid in JavaScript or may take exponential time: an expression
//! with a repetition within a repetition, or with more than 25 repetitions. The response of Wiki.js does not name the
//! rule. This check finds the same problems, without parsing the whole syntax.

/// Maximum number of repetitions in an expression.
const MAX_REPETITIONS: usize = 25;

/// Returns the reason for which Wiki.js would refuse an expression, if the check finds one.
pub(super) fn problem(expression: &str) -> Option<&'static str> {
    // For the expression and each open group: `true` if it contains a repetition.
    let mut groups = vec![false];
    // The part that a quantifier would repeat: `true` if it contains a repetition.
    let mut last = None;
    let mut repetitions = 0;
    let mut rest = expression.chars().peekable();
    while let Some(character) = rest.next() {
        let is_quantifier = match character {
            // Wiki.js counts `?` as a repetition, too.
            '*' | '+' | '?' => true,
            '{' if is_count(rest.clone()) => rest.by_ref().any(|character| character == '}'),
            _ => false,
        };
        if is_quantifier {
            // A `?` after a quantifier makes it lazy.
            rest.next_if_eq(&'?');
            match last.take() {
                None => return Some("repeats nothing"),
                Some(true) => {
                    return Some(
                        "repeats a part that has a repetition in it, which may take for ever",
                    );
                }
                Some(false) => repetitions += 1,
            }
            if repetitions > MAX_REPETITIONS {
                return Some("has more than 25 repetitions");
            }
            groups
                .last_mut()
                .into_iter()
                .for_each(|group| *group = true);
            continue;
        }
        last = match character {
            '\\' if rest.next().is_none() => return Some("ends with a backslash"),
            '[' if !class_ends(&mut rest) => return Some("has a `[` that is not closed"),
            '(' => {
                // The `?` of `(?:`, `(?=`, `(?!` and `(?<name>` is not a repetition.
                if rest.next_if_eq(&'?').is_some() {
                    rest.next();
                }
                groups.push(false);
                None
            }
            ')' => {
                let group = groups.pop();
                let Some(outer) = groups.last_mut() else {
                    return Some("has a `)` that nothing opens");
                };
                *outer |= group == Some(true);
                group
            }
            '|' | '^' => None,
            _ => Some(false),
        };
    }
    (groups.len() > 1).then_some("has a `(` that is not closed")
}

/// Reads to the end of a `[…]`. Returns `false` if it is not closed.
fn class_ends(characters: &mut impl Iterator<Item = char>) -> bool {
    while let Some(character) = characters.next() {
        match character {
            ']' => return true,
            '\\' => drop(characters.next()),
            _ => {}
        }
    }
    false
}

/// Returns `true` if a quantifier such as `{2}`, `{2,}` or `{2,3}` begins here, and not a literal brace.
fn is_count(rest: impl Iterator<Item = char>) -> bool {
    let mut has_digit = false;
    for character in rest {
        match character {
            '0'..='9' => has_digit = true,
            ',' if has_digit => {}
            '}' => return has_digit,
            _ => return false,
        }
    }
    false
}
