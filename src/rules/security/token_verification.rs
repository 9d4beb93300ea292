//! `token-verification`: tokens are verified, with a key that is not in the code.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::hazard::token::How;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for token in &service.hazards.tokens {
        let name = token.path.rsplit("::").next().unwrap_or_default();
        let (message, help) = match &token.how {
            How::Unverified => (
                format!("`{name}`: nobody verifies the token, and whoever writes one is let in"),
                "verify it with the key of its issuer",
            ),
            How::Eternal => (
                "a token that has expired is taken: one that was stolen is good for ever".to_owned(),
                "leave `validate_exp` on, with a `leeway` for clocks that differ",
            ),
            How::KeyInCode => (
                "the key of tokens is written in the code: whoever reads it makes tokens".to_owned(),
                "read the key from the environment or a mounted file",
            ),
            How::KeyInCodeWithout(variable) => (
                format!("without `{variable}` the key of tokens is the one written here"),
                "refuse to start without the variable",
            ),
            How::Verified => {
                evidence.push(Label::new(token.span, "this verifies a token"));
                continue;
            }
            How::MaybeBefore => {
                unclear.push(Label::new(token.span, "this reads a token that may be verified elsewhere"));
                continue;
            }
            How::OwnExpiry => {
                unclear.push(Label::new(token.span, "this leaves the time to the code, which may check it"));
                continue;
            }
        };
        problems.push(Problem::new(token.span, message, help));
    }
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    if !unclear.is_empty() {
        return Verdict::Unknown(
            "whether a token is verified before it is used cannot be told".into(),
            unclear,
        );
    }
    match (evidence.is_empty(), service.unread.first()) {
        (_, Some(unread)) => Verdict::unknown(unread.why.clone()),
        (true, None) => Verdict::not_applicable("verifies no tokens itself"),
        (false, None) => Verdict::Pass(evidence),
    }
}
