//! Variables that a manifest sets and nothing reads, beside one of nearly the same name that is read and not set.

use std::collections::BTreeSet;

use super::{Instance, Setting};
use crate::knowledge;
use crate::model::environment::EnvRead;
use crate::model::workload::given::Variable;

/// Shorter names are near each other by chance.
const MIN_LENGTH: usize = 6;

/// Two names that are probably meant to be one.
pub(crate) struct Misspelt<'p> {
    pub(crate) set: &'p Variable,
    pub(crate) read: &'p EnvRead,
}

impl<'p> Instance<'p> {
    /// What is set under a name that the service does not read, and read under one that nothing sets. Nothing where the
    /// service reads names that are not written down.
    pub(crate) fn misspelt(&self) -> Vec<Misspelt<'p>> {
        let environment = &self.service.environment;
        let Some((_, container)) = self.deployed.filter(|_| environment.open.is_empty()) else {
            return Vec::new();
        };
        let known = knowledge::built_in();
        let own: BTreeSet<&str> = environment.reads.iter().map(|read| read.name.as_str()).collect();
        let is_unread =
            |set: &&Variable| !own.contains(set.name.as_str()) && !known.is_of_platform(&set.name);
        let mut found = Vec::new();
        for set in container.given.variables.iter().filter(is_unread) {
            let near = environment.reads.iter().filter(|read| are_near(&set.name, &read.name));
            let near = near.min_by_key(|read| strsim::damerau_levenshtein(&set.name, &read.name));
            if let Some(read) = near.filter(|read| self.read(read) == Setting::Unset) {
                found.push(Misspelt { set, read });
            }
        }
        found
    }
}

/// Whether two names differ by a slip: a letter or two, the case, an underscore. Names that differ in a number, or in a
/// whole word, are two names.
fn are_near(a: &str, b: &str) -> bool {
    let plain = |name: &str| name.replace('_', "").to_ascii_uppercase();
    if plain(a) == plain(b) {
        return a != b;
    }
    let words = |name: &str| name.split('_').map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (words(a), words(b));
    let mut differing = a.iter().zip(&b).filter(|(a, b)| a != b);
    let (Some((one, other)), None) = (differing.next(), differing.next()) else { return false };
    let is_long = one.len().min(other.len()) >= MIN_LENGTH;
    let has_digit = |word: &String| word.contains(|c: char| c.is_ascii_digit());
    let distance = strsim::damerau_levenshtein(one, other);
    a.len() == b.len() && is_long && !has_digit(one) && !has_digit(other) && distance <= 2
}

#[cfg(test)]
mod tests {
    use super::are_near;

    #[test]
    fn a_slip_is_told_from_another_name() {
        for (a, b, near) in [
            ("DATABSE_URL", "DATABASE_URL", true),
            ("DATABASEURL", "DATABASE_URL", true),
            ("database_url", "DATABASE_URL", true),
            ("SMTP_PASSWRD", "SMTP_PASSWORD", true),
            ("HTTP_PORT", "HTTPS_PORT", false),
            ("REDIS_URL_1", "REDIS_URL_2", false),
            ("DB_USER", "DB_HOST", false),
            ("DATABASE_URL", "DATABASE_URL", false),
            ("DATABASE_URL", "TEST_DATABASE_URL", false),
        ] {
            assert_eq!(are_near(a, b), near, "{a} {b}");
        }
    }
}
