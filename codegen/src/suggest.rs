//! Suggestions: the name closest to a wrong one, or all valid names.

/// Formats a question for the closest of the names, if one is close.
pub(crate) fn did_you_mean<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    did_you_mean_with("", wrong, names)
}

/// Formats the same question for names with a prefix such as `$`.
pub(crate) fn did_you_mean_with<'a>(
    sign: &str,
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    closest(wrong, names).map(|name| format!("did you mean `{sign}{name}`?"))
}

/// Returns the name that was probably meant.
pub(crate) fn closest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Upper and lower case are mixed up most often, so they do not count.
    let lower = wrong.to_lowercase();
    // A third of the letters may differ: `pags` is `pages`, but `id` is not `to`, and `a` is not `b`.
    let length = wrong.chars().count();
    let allowed = (length / 3).max(usize::from(length > 1));
    let distance = |name: &str| strsim::damerau_levenshtein(&lower, &name.to_lowercase());
    let names = names.into_iter().map(|name| (distance(name), name));
    let near = names.filter(|(distance, _)| *distance <= allowed);
    near.min().map(|(_, name)| name)
}

/// Formats the names as a list of alternatives.
pub(crate) fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    // A longer list would hide the message.
    if names.len() > 12 {
        names.truncate(12);
        names.push("…".to_owned());
    }
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} or {last}", names.join(", ")),
        last => last.unwrap_or_default(),
    }
}
