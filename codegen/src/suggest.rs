//! "Did you mean": the name that is closest to a wrong one.

/// Asks for the closest of the names, where one is close.
pub(crate) fn did_you_mean<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    did_you_mean_with("", wrong, names)
}

/// The same for names that are written with a sign before them.
pub(crate) fn did_you_mean_with<'a>(
    sign: &str,
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    closest(wrong, names).map(|name| format!("did you mean `{sign}{name}`?"))
}

fn closest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    // A third of the letters may differ: `pags` is `pages`, but `id` is not `to`.
    let allowed = (wrong.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&lower, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}
