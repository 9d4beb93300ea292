//! Names of revisions that are like one that does not exist.

use crate::spelling;

/// How many are named.
const NEAR: usize = 3;

/// The references whose names are most like a word, the most likely first.
pub(super) fn to(repository: &gix::Repository, name: &str) -> Vec<String> {
    let Ok(platform) = repository.references() else { return Vec::new() };
    let Ok(all) = platform.all() else { return Vec::new() };
    let names = all.filter_map(Result::ok).map(|reference| reference.name().shorten().to_string());
    like(name, names)
}

fn like(name: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let mut near: Vec<(usize, String)> = names
        .filter_map(|known| {
            // `main`, where only `origin/main` was fetched.
            let is_fetched = known.rsplit_once('/').is_some_and(|(_, last)| last == name);
            let distance = if is_fetched { 0 } else { spelling::distance(name, &known)? };
            Some((distance, known))
        })
        .collect();
    near.sort();
    near.dedup();
    near.truncate(NEAR);
    near.into_iter().map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_recognised_by_its_name_on_the_remote_and_by_its_letters() {
        let names = ["HEAD", "main", "origin/release", "release-2", "v1.0"];
        let like = |name| like(name, names.iter().map(|name| (*name).to_owned()));
        assert_eq!(like("release"), ["origin/release", "release-2"]);
        assert_eq!(like("mian"), ["main"]);
        assert_eq!(like("xyzzy"), Vec::<String>::new());
    }
}
