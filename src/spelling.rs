//! "Did you mean": which of the names that there are is the one that somebody has misspelt.

/// How far a word is from a name, in letters that are wrong, missing, too many or swapped; `None` where it is too far to
/// be a slip. Case does not matter, and `_` is `-`.
pub(crate) fn distance(word: &str, name: &str) -> Option<usize> {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let distance = strsim::damerau_levenshtein(&plain(word), &plain(name));
    (distance <= 1 + name.len() / 4).then_some(distance)
}

/// The name that a word is most like; of equals the first of the alphabet.
pub(crate) fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names.filter_map(|name| Some((distance(word, name)?, name))).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["graceful-shutdown", "pinned-action", "pinned-image"];
        for (word, name) in [
            ("gracefull-shutdown", Some("graceful-shutdown")),
            ("Graceful_Shutdown", Some("graceful-shutdown")),
            ("pinned-images", Some("pinned-image")),
            ("xyzzy", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names.into_iter()), name, "{word}");
        }
    }
}
