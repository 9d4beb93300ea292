//! Test functions, which the items leave out: only how many there are.

use syn::visit::{self, Visit};

/// How many test functions a file declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TestFns {
    pub(crate) run: u32,
    /// `#[ignore]`: run only when asked for.
    pub(crate) ignored: u32,
}

/// Counts `#[test]`, `#[tokio::test]`, `#[rstest]` and their like, and macros that hold them.
pub(super) fn count(file: &syn::File) -> TestFns {
    let mut counter = Counter::default();
    counter.visit_file(file);
    counter.0
}

#[derive(Default)]
struct Counter(TestFns);

impl<'a> Visit<'a> for Counter {
    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        if function.attrs.iter().any(|attr| is_test(attr.path())) {
            if function.attrs.iter().any(|attr| attr.path().is_ident("ignore")) {
                self.0.ignored += 1;
            } else {
                self.0.run += 1;
            }
        }
        visit::visit_item_fn(self, function);
    }

    /// `proptest! { #[test] fn … }`, `test_cases!(…)`.
    fn visit_item_macro(&mut self, item: &'a syn::ItemMacro) {
        // What `macro_rules!` would expand to counts where it is called.
        if item.ident.is_none() && (is_test_macro(&item.mac.path) || holds_test(item.mac.tokens.clone())) {
            self.0.run += 1;
        }
    }
}

/// `test`, `rstest`, `sqlx_test`, `test_case`, `quickcheck`.
fn is_test(path: &syn::Path) -> bool {
    path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name.split('_').any(|word| word == "test") || matches!(name.as_str(), "rstest" | "quickcheck")
    })
}

fn is_test_macro(path: &syn::Path) -> bool {
    path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name.split('_').any(|word| matches!(word, "test" | "tests" | "proptest" | "quickcheck"))
    })
}

/// Whether tokens hold `#[test]`, at the top: a group's own groups are its content.
fn holds_test(tokens: proc_macro2::TokenStream) -> bool {
    let mut after_hash = false;
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Punct(punct) => after_hash = punct.as_char() == '#',
            proc_macro2::TokenTree::Group(group) if after_hash => {
                let path = syn::parse2::<syn::Meta>(group.stream());
                if path.is_ok_and(|meta| is_test(meta.path())) {
                    return true;
                }
                after_hash = false;
            }
            _ => after_hash = false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #[test]
    fn test_functions_are_counted_wherever_they_stand() {
        let text = "
            fn main() {}
            #[cfg(test)]
            mod tests {
                #[test] fn a() {}
                #[tokio::test(flavor = \"multi_thread\")] async fn b() {}
                #[rstest] #[case(1)] fn c(#[case] _n: u32) {}
                #[test] #[ignore = \"slow\"] fn d() {}
                #[test_log::test] fn e() {}
                fn helper() {}
                proptest! { #[test] fn f(n in 0..3) {} }
                mod deep { #[sqlx::test] async fn g() {} }
            }
            macro_rules! t { () => { #[test] fn x() {} } }
            #[latest] fn h() {}
        ";
        let counted = super::super::extract(text).tests;
        assert_eq!((counted.run, counted.ignored), (6, 1));
    }
}
