//! What a service answers when it is asked for a path.

use super::{Route, Routes};
use crate::span::Span;
use crate::spelling;

/// What comes of a request for a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer<'r> {
    Served(&'r Route),
    /// The path is served for other methods only.
    OtherMethod(&'r Route),
    /// Another server of the service has it, at another port.
    Elsewhere(&'r Route),
    /// No route has the path; the one whose path is most like it.
    Nothing(Option<&'r Route>),
    Unclear(String, Option<Span>),
}

/// How a path and the path of a route agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Same,
    /// But for a `/` at the end.
    ButSlash,
    /// As far as its parameters go.
    Parameters,
    No,
}

impl Routes {
    /// What comes of `method path`, asked of one of `servers`, or of any where they are not known.
    pub(crate) fn answer<'r>(&'r self, method: Option<&str>, path: &str, servers: &[Span]) -> Answer<'r> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let is_theirs = |route: &&Route| {
            let own = self.servers.iter().find(|(span, _)| *span == route.span);
            servers.is_empty() || own.is_none_or(|(_, own)| own.iter().any(|server| servers.contains(server)))
        };
        let of = |how: Match| {
            self.served.iter().filter(move |route| !route.is_partial && agree(path, route) == how)
        };
        let mut same = of(Match::Same).filter(is_theirs);
        let takes = |route: &&Route| match (method, route.method.as_deref()) {
            (Some("HEAD"), Some(own)) => matches!(own, "HEAD" | "GET"),
            (Some(asked), Some(own)) => asked == own,
            _ => true,
        };
        if let Some(route) = same.clone().find(takes) {
            return Answer::Served(route);
        }
        if let Some(why) = self.may_answer(path, same.clone().next().is_some()) {
            return why;
        }
        if let Some(route) = same.next() {
            return Answer::OtherMethod(route);
        }
        if let Some(route) = of(Match::Same).find(takes) {
            return Answer::Elsewhere(route);
        }
        let all = || self.served.iter().filter(|route| !route.is_partial).filter(is_theirs).filter(takes);
        let name = spelling::nearest(path, all().map(|route| route.path.as_str()));
        let nearest = all().find(|route| Some(route.path.as_str()) == name);
        Answer::Nothing(nearest.or_else(|| all().find(|route| route.names_health())))
    }

    /// Why something other than a route that has just this path may answer for it.
    fn may_answer(&self, path: &str, is_other_method: bool) -> Option<Answer<'_>> {
        let unclear = |why: String, span: Span| Some(Answer::Unclear(why, Some(span)));
        if let Some(open) = self.open.first() {
            return unclear("the path of a route is not written down".into(), *open);
        }
        let covers = |prefix: &str| {
            let prefix = prefix.trim_end_matches('/');
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut opaque = self.opaque.iter();
        if let Some(opaque) = opaque.find(|it| it.prefix.as_deref().is_none_or(covers)) {
            return unclear(format!("what is mounted here may answer `{path}`"), opaque.span);
        }
        let may = |route: &&Route| match agree(path, route) {
            Match::Same => route.is_partial,
            Match::ButSlash | Match::Parameters => !is_other_method,
            Match::No => route.is_partial && path.ends_with(route.path.trim_end_matches('/')),
        };
        if let Some(route) = self.served.iter().find(may) {
            return unclear(format!("`{}` may or may not answer `{path}`", route.path), route.span);
        }
        if self.served.is_empty() {
            return Some(Answer::Unclear("none of its routes could be found".into(), None));
        }
        // What compares paths by hand may do so in ways that are not seen.
        let (.., by_hand) = self.beside.first()?;
        unclear("it compares paths itself".into(), *by_hand)
    }
}

fn agree(path: &str, route: &Route) -> Match {
    if path == route.path || path.is_empty() && route.path == "/" {
        return Match::Same;
    }
    if path.trim_end_matches('/') == route.path.trim_end_matches('/') {
        return Match::ButSlash;
    }
    let (mut asked, mut own) = (path.trim_matches('/').split('/'), route.path.trim_matches('/').split('/'));
    loop {
        match (asked.next(), own.next()) {
            (None, None) => return Match::Parameters,
            (_, Some(part)) if is_rest(part) => return Match::Parameters,
            (Some(asked), Some(own)) if asked == own || is_parameter(own) => {}
            _ => return Match::No,
        }
    }
}

/// A segment that stands for any: `{id}`, `:id`, `<id>`, also with something around it.
fn is_parameter(part: &str) -> bool {
    part.starts_with(':') || part.contains(['{', '<'])
}

/// A segment that stands for all that follow: `*rest`, `{*rest}`, `<rest..>`, `{tail:.*}`, `<**rest>`.
fn is_rest(part: &str) -> bool {
    part.contains('*') || part.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::route::Asks;
    use crate::span::{FileId, Range};

    fn routes(routes: &[(&str, Option<&str>)]) -> Routes {
        let route = |(at, (path, method)): (usize, &(&str, Option<&str>))| Route {
            path: (*path).to_owned(),
            method: method.map(str::to_owned),
            span: Span::new(FileId(0), Range::new(at, at)),
            is_partial: false,
            shared: 0,
            asks: Asks::default(),
        };
        Routes { served: routes.iter().enumerate().map(route).collect(), ..Routes::default() }
    }

    fn tell(routes: &Routes, path: &str) -> String {
        match routes.answer(Some("GET"), path, &[]) {
            Answer::Served(route) => format!("served {}", route.path),
            Answer::OtherMethod(route) => format!("other {}", route.path),
            Answer::Elsewhere(route) => format!("elsewhere {}", route.path),
            Answer::Nothing(near) => format!("nothing {}", near.map_or("-", |route| route.path.as_str())),
            Answer::Unclear(..) => "unclear".to_owned(),
        }
    }

    #[test]
    fn a_path_is_answered_by_the_route_that_has_it() {
        let get = Some("GET");
        for (served, path, expected) in [
            (&[("/health", get)][..], "/health", "served /health"),
            (&[("/health", get)], "/health?verbose=1", "served /health"),
            (&[("/health", None)], "/health", "served /health"),
            (&[("/health", get), ("/orders", get)], "/healthz", "nothing /health"),
            (&[("/ready", get), ("/orders", get)], "/healthz", "nothing /ready"),
            (&[("/orders", get)], "/healthz", "nothing -"),
            (&[("/health", Some("POST"))], "/health", "other /health"),
            (&[("/health", Some("POST")), ("/{any}", get)], "/health", "other /health"),
            (&[("/health", get)], "/health/", "unclear"),
            (&[("/{page}", get)], "/healthz", "unclear"),
            (&[("/{*rest}", get)], "/api/healthz", "unclear"),
            (&[("/<rest..>", get)], "/healthz", "unclear"),
            (&[("/api/:id", get)], "/healthz", "nothing -"),
            (&[], "/healthz", "unclear"),
        ] {
            assert_eq!(tell(&routes(served), path), expected, "{served:?} {path}");
        }
    }

    #[test]
    fn what_is_mounted_unseen_answers_below_its_path_only() {
        let mut routes = routes(&[("/health", None)]);
        routes.opaque = vec![super::super::Opaque {
            span: Span::new(FileId(0), Range::new(9, 9)),
            prefix: Some("/static".into()),
        }];
        assert_eq!(tell(&routes, "/static/healthz"), "unclear");
        assert_eq!(tell(&routes, "/healthz"), "nothing /health");
        routes.opaque[0].prefix = None;
        assert_eq!(tell(&routes, "/healthz"), "unclear");
    }
}
