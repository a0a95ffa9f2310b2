//! Which regular expressions Wiki.js takes in a page rule: those that are some, without a repetition within a
//! repetition, and with 25 repetitions at most.

const MOST_REPETITIONS: usize = 25;

/// Whether Wiki.js takes an expression.
pub(super) fn is_safe(expression: &str) -> bool {
    // What only JavaScript has is taken for right.
    let has_look_around = ["(?=", "(?!", "(?<"]
        .iter()
        .any(|sign| expression.contains(sign));
    if !has_look_around && regex::Regex::new(expression).is_err() {
        return false;
    }
    let bytes = strip_classes(expression);
    let is_quantifier = |at: usize| matches!(bytes.get(at), Some(b'*' | b'+' | b'?' | b'{'));
    // Of each open group, whether there is a repetition in it.
    let mut groups = vec![false];
    let mut repetitions = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let follows_group = at > 0 && bytes[at - 1] == b'(';
        let follows_quantifier = at > 0 && is_quantifier(at - 1);
        match byte {
            b'(' => groups.push(false),
            b')' => {
                let inner = groups.pop().unwrap_or_default();
                if inner && is_quantifier(at + 1) {
                    return false;
                }
                if let Some(outer) = groups.last_mut() {
                    *outer |= inner;
                }
            }
            b'*' | b'+' | b'?' | b'{' if !follows_group && !follows_quantifier => {
                repetitions += 1;
                if let Some(group) = groups.last_mut() {
                    *group = true;
                }
            }
            _ => {}
        }
    }
    repetitions <= MOST_REPETITIONS
}

/// An expression with a letter for each class and each escaped character.
fn strip_classes(expression: &str) -> Vec<u8> {
    let mut stripped = Vec::new();
    let mut bytes = expression.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
                stripped.push(b'x');
            }
            b'[' => {
                while let Some(inner) = bytes.next() {
                    match inner {
                        b'\\' => drop(bytes.next()),
                        b']' => break,
                        _ => {}
                    }
                }
                stripped.push(b'x');
            }
            other => stripped.push(other),
        }
    }
    stripped
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn as_safe_regex_says() {
        for expression in [
            "^docs/[a-z]+$",
            "(alpha|beta)/.*",
            "^(?:de|fr)/(?!draft)[^/]+/x{2,3}",
            "(ab)+(cd)+",
            "a+?b*?",
            "\\(",
            "[*+]{2}",
        ] {
            assert!(is_safe(expression), "{expression}");
        }
        assert!(is_safe(&"a*".repeat(25)));
        for expression in ["(", "(a+)+$", "(a?)+", "(x{2})+", "((a?)b)*", "*"] {
            assert!(!is_safe(expression), "{expression}");
        }
        assert!(!is_safe(&"a*".repeat(26)));
    }
}
