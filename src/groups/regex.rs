//! Checks a regular expression before it is sent to Wiki.js.
//!
//! Wiki.js refuses a page rule whose expression is invalid in JavaScript or may take exponential time: an expression
//! with a repetition within a repetition, or with more than 25 repetitions. The response of Wiki.js does not name the
//! rule. This check finds the same problems, without parsing the whole syntax.

/// Maximum number of repetitions in an expression.
const MAX_REPETITIONS: usize = 25;

/// Returns the reason for which Wiki.js would refuse an expression, if the check finds one.
pub(super) fn problem(expression: &str) -> Option<&'static str> {
    let mut scan = Scan::default();
    let mut characters = expression.chars().peekable();
    while let Some(character) = characters.next() {
        let problem = match character {
            '\\' => match characters.next() {
                Some(_) => scan.atom(false),
                None => Some("ends with a backslash"),
            },
            '[' if class_ends(&mut characters) => scan.atom(false),
            '[' => Some("has a `[` that is not closed"),
            '(' => {
                // The `?` of `(?:`, `(?=`, `(?!` and `(?<name>` is not a repetition.
                if characters.next_if_eq(&'?').is_some() {
                    characters.next();
                }
                scan.open()
            }
            ')' => scan.close(),
            '*' | '+' | '?' => scan.repeat(&mut characters),
            '{' if is_count(characters.clone()) => {
                characters.by_ref().find(|character| *character == '}');
                scan.repeat(&mut characters)
            }
            '|' | '^' => scan.boundary(),
            _ => scan.atom(false),
        };
        if problem.is_some() {
            return problem;
        }
    }
    if scan.groups.is_empty() {
        None
    } else {
        Some("has a `(` that is not closed")
    }
}

#[derive(Default)]
struct Scan {
    /// An entry for each open group: `true` if it contains a repetition.
    groups: Vec<bool>,
    /// The part that a quantifier would repeat: `true` if it contains a repetition.
    last: Option<bool>,
    repetitions: usize,
}

impl Scan {
    fn atom(&mut self, has_repetition: bool) -> Option<&'static str> {
        self.last = Some(has_repetition);
        None
    }

    fn boundary(&mut self) -> Option<&'static str> {
        self.last = None;
        None
    }

    fn open(&mut self) -> Option<&'static str> {
        self.groups.push(false);
        self.boundary()
    }

    fn close(&mut self) -> Option<&'static str> {
        let Some(has_repetition) = self.groups.pop() else {
            return Some("has a `)` that nothing opens");
        };
        if let Some(outer) = self.groups.last_mut() {
            *outer |= has_repetition;
        }
        self.atom(has_repetition)
    }

    /// Handles a quantifier. Wiki.js counts `?` as a repetition, too.
    fn repeat(
        &mut self,
        rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    ) -> Option<&'static str> {
        // A `?` after a quantifier makes it lazy.
        rest.next_if_eq(&'?');
        let Some(has_repetition) = self.last.take() else {
            return Some("repeats nothing");
        };
        if has_repetition {
            return Some("repeats a part that has a repetition in it, which may take for ever");
        }
        if let Some(group) = self.groups.last_mut() {
            *group = true;
        }
        self.repetitions += 1;
        (self.repetitions > MAX_REPETITIONS).then_some("has more than 25 repetitions")
    }
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

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn expressions_that_wikijs_accepts_have_no_problem() {
        for expression in [
            "^docs/[a-z]+$",
            "(alpha|beta)/.*",
            "^(?:de|fr)/(?!draft)[^/]+/x{2,3}",
            "a{b}",
            "a+?b*?",
            "a??",
            "(?=a)*",
            "[^]]+",
            "(ab)+(cd)+",
            "(?<year>\\d{4})",
            "\\(",
        ] {
            assert_eq!(problem(expression), None, "{expression}");
        }
        assert_eq!(problem(&"a*".repeat(25)), None);
    }

    #[test]
    fn expressions_that_wikijs_refuses_have_a_problem() {
        for (expression, said) in [
            ("(", "not closed"),
            ("a)", "nothing opens"),
            ("[a-", "not closed"),
            ("a\\", "backslash"),
            ("*a", "repeats nothing"),
            ("a|+", "repeats nothing"),
            ("a**", "repeats nothing"),
            ("(a+)+$", "for ever"),
            ("((a*)b)*", "for ever"),
            ("(x{2})+", "for ever"),
            ("(a?)+", "for ever"),
            ("(a?)?", "for ever"),
            (&"a*".repeat(26), "25"),
        ] {
            let problem = problem(expression).unwrap_or_default();
            assert!(problem.contains(said), "{expression}: {problem}");
        }
    }
}
