//! A service in the surroundings of one container: which it is, what the environment and the arguments say there, and with
//! that what it listens on.

use super::image::Image;
use super::instance::{Instance, Setting};
use super::link;
use super::probe::{HttpAsk, PortAsk};
use super::route::Answer;
use super::service::{Bind, Service};
use super::start::{INITS, Start};
use super::value::{Part, Text};
use super::workload::{Deployed, Workload};
use super::{Project, ServiceKind};
use crate::source::file_name;
use crate::span::Span;
use crate::syntax::shell;

/// What a container runs.
pub(crate) enum Runs<'p> {
    Service(Running<'p>),
    /// Nothing of this tree.
    Other,
    Unclear(String),
}

/// A service in a container.
pub(crate) struct Running<'p> {
    project: &'p Project<'p>,
    pub(crate) service: &'p Service,
    /// Its image, or those that it may be made of.
    images: Vec<&'p Image>,
    deployed: Option<(&'p Workload, &'p Deployed)>,
}

/// What a text is in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Is(String),
    /// What holds unless something that is not seen says another.
    Perhaps(String, String),
    Unclear(String),
}

impl Value {
    /// What it is, as far as anything says it.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Is(text) | Self::Perhaps(text, _) => Some(text),
            Self::Unclear(_) => None,
        }
    }

    fn doubted(self, why: String) -> Self {
        match self {
            Self::Is(text) | Self::Perhaps(text, _) => Self::Perhaps(text, why),
            Self::Unclear(_) => Self::Unclear(why),
        }
    }
}

/// An address that a service listens on in a container.
pub(crate) struct Listener<'p> {
    pub(crate) bind: &'p Bind,
    pub(crate) port: Value,
}

impl<'p> Project<'p> {
    /// What a container of a workload runs.
    pub(crate) fn runs(&'p self, workload: &'p Workload, container: &'p Deployed) -> Runs<'p> {
        let found = link::of_container(&self.services, &self.images, &self.own_images, container);
        let image = link::image_of(&self.images, &self.own_images, container).map(|id| self.image(id));
        if let Some(image) = &container.image
            && let Err(text) = &image.value
            && container.build.is_none()
        {
            return Runs::Unclear(format!("which image `{text}` is cannot be told"));
        }
        let starts_by_itself = image.is_some_and(|image| image.entrypoint.is_none());
        let words = match (&container.given.entrypoint, &container.given.command) {
            (Some(entrypoint), command) => {
                Some([entrypoint.clone(), command.clone().unwrap_or_default()].concat())
            }
            (None, Some(command)) if starts_by_itself => Some(command.clone()),
            _ => None,
        };
        let service = match (words, found.as_slice()) {
            (_, []) => return Runs::Other,
            (Some(words), found) => {
                let program = program(&words);
                let is_it = |at: &usize| link::named(&self.services, &program).any(|own| own == *at);
                match found
                    .iter()
                    .copied()
                    .find(is_it)
                    .or_else(|| link::named(&self.services, &program).next())
                {
                    Some(service) => service,
                    None => return Runs::Unclear(format!("what `{program}` starts cannot be told")),
                }
            }
            (None, [only]) => *only,
            (None, _) => return Runs::Unclear("its image holds several services".into()),
        };
        let service = &self.services[service];
        let images = image.map_or_else(|| self.images_of(service).collect(), |image| vec![image]);
        Runs::Service(Running { project: self, service, images, deployed: Some((workload, container)) })
    }

    /// What a container of an image runs when nothing but the image says it.
    pub(crate) fn runs_by_itself(&'p self, image: &'p Image) -> Runs<'p> {
        let found: Vec<&Service> = self.services_on(image).collect();
        match found.as_slice() {
            [] => Runs::Other,
            [service] => {
                Runs::Service(Running { project: self, service, images: vec![image], deployed: None })
            }
            _ => Runs::Unclear("it holds several services".into()),
        }
    }
}

impl<'p> Running<'p> {
    /// What a text is here.
    pub(crate) fn value(&self, text: &Text) -> Value {
        text.parts.iter().fold(Value::Is(String::new()), |before, part| match (before, self.part(part)) {
            (Value::Is(a), Value::Is(b)) => Value::Is(a + &b),
            (Value::Is(a), Value::Perhaps(b, why)) | (Value::Perhaps(a, why), Value::Is(b)) => {
                Value::Perhaps(a + &b, why)
            }
            (Value::Perhaps(a, why), Value::Perhaps(b, _)) => Value::Perhaps(a + &b, why),
            (unclear @ Value::Unclear(_), _) | (_, unclear @ Value::Unclear(_)) => unclear,
        })
    }

    fn part(&self, part: &Part) -> Value {
        let otherwise = |default: &Option<Box<Text>>, what: &str| match default {
            Some(default) => self.value(default),
            None => Value::Unclear(format!("nothing here sets `{what}`, and it has no default")),
        };
        match part {
            Part::Known(text) => Value::Is(text.clone()),
            Part::Env { name, default } => match self.variable(name) {
                Ok(Some(value)) => Value::Is(value),
                Ok(None) => otherwise(default, name),
                Err(why) => otherwise(default, name).doubted(why),
            },
            Part::Arg { names, default } => match self.argument(names) {
                Ok(Some(value)) => Value::Is(value),
                Ok(None) => otherwise(default, names.first().map_or("", String::as_str)),
                Err(why) => otherwise(default, "").doubted(why),
            },
            Part::Setting { keys, default } => match (self.setting(keys), default) {
                (Some(Setting::Set { value: Some(value), .. }), _) => Value::Is(value),
                (_, Some(default)) => self.value(default).doubted("a configuration may say another".into()),
                (_, None) => Value::Unclear("a configuration that is not here says it".into()),
            },
            Part::Unknown => Value::Unclear("it is not written in the code".into()),
        }
    }

    /// An absolute path, where a relative one starts in the working directory of its image.
    pub(crate) fn absolute(&self, path: &str) -> Result<String, String> {
        match self.images.as_slice() {
            [image] => image.layout.absolute(path),
            _ if path.starts_with('/') => Ok(path.to_owned()),
            _ => Err("in which folder the program starts cannot be told".into()),
        }
    }

    /// What a configuration says here.
    fn setting(&self, keys: &[String]) -> Option<Setting> {
        self.instance().setting(keys)
    }

    fn instance(&self) -> Instance<'p> {
        let image = match self.images.as_slice() {
            [image] => Some(*image),
            _ => None,
        };
        Instance::new(self.project, self.service, image, self.deployed)
    }

    /// What a variable holds; an error says why that cannot be told.
    fn variable(&self, name: &str) -> Result<Option<String>, String> {
        if self.deployed.is_none() {
            let mut others = self.project.workloads_of(self.service).flat_map(|it| &it.containers);
            if others.any(|container| container.given.variables.iter().any(|own| own.name == name)) {
                return Err(format!("a deployment sets `{name}`"));
            }
        }
        match self.instance().variable(name) {
            Setting::Unset => Ok(None),
            Setting::Set { value: Some(value), .. } => Ok(Some(value)),
            Setting::Set { value: None, .. } => Err(format!("what `{name}` is set to is not written here")),
            Setting::Unknown(why) => Err(why),
        }
    }

    /// What an argument of the command line is; an error says why that cannot be told.
    fn argument(&self, names: &[String]) -> Result<Option<String>, String> {
        let of_image = || match self.images.as_slice() {
            [image] => match &image.start {
                Start::Program { args, .. } => Ok(args.clone()),
                _ => Err("what arguments its image starts it with cannot be told".to_owned()),
            },
            [] => Err("its image, which is not built here, may give it arguments".to_owned()),
            _ => Err("it has several images".to_owned()),
        };
        let (entrypoint, command) = self
            .deployed
            .map_or((None, None), |(_, it)| (it.given.entrypoint.as_ref(), it.given.command.as_ref()));
        let own: Vec<String> = entrypoint.into_iter().chain(command).flatten().cloned().collect();
        if let Some(found) = argument_in(&own, names) {
            return found.map(Some);
        }
        if entrypoint.is_some() {
            return Ok(None);
        }
        // What stands in the image's CMD is replaced, and what stands in its ENTRYPOINT is not: which is not told apart.
        let of_image = of_image()?;
        match argument_in(&of_image, names) {
            Some(_) if command.is_some() => {
                Err("whether an argument of the image holds cannot be told".into())
            }
            Some(found) => found.map(Some),
            None => Ok(None),
        }
    }

    /// What the service listens on here, and why that may not be all of it.
    pub(crate) fn listeners(&self) -> (Vec<Listener<'p>>, Option<String>) {
        let service = self.service;
        let found: Vec<Listener<'p>> = service
            .binds
            .iter()
            .map(|bind| Listener { bind, port: port_of(self.value(&bind.port)) })
            .collect();
        let is_reached = |kind: ServiceKind| kind.is_reached();
        let servers = service.servers.iter().filter(|server| is_reached(server.kind)).count();
        let gap = service.blind_spot().or_else(|| {
            if found.is_empty() {
                Some("the address that it binds could not be found".into())
            } else if !service.wrappers.is_empty() || servers > found.len() {
                Some("not all the addresses that it binds could be found".into())
            } else {
                let unclear = found.iter().find_map(|listener| match &listener.port {
                    Value::Is(port) if port.parse::<u16>().is_ok() => None,
                    Value::Is(port) => Some(format!("`{port}` is no port")),
                    Value::Perhaps(_, why) | Value::Unclear(why) => Some(why.clone()),
                });
                unclear.map(|why| format!("a port that it binds cannot be told: {why}"))
            }
        });
        (found, gap)
    }

    /// The number of a port that is asked; the name of a port is looked up among those that the container declares.
    pub(crate) fn port(&self, asked: &PortAsk) -> Result<u16, String> {
        let text = match self.value(&asked.port) {
            Value::Is(text) => text,
            Value::Perhaps(_, why) | Value::Unclear(why) => return Err(why),
        };
        if let Ok(number) = text.parse() {
            return Ok(number);
        }
        let ports = self.deployed.map_or(&[][..], |(_, container)| &container.ports);
        let declared = ports.iter().find(|port| port.name.as_deref() == Some(text.as_str()));
        let number = declared.and_then(|port| u16::try_from(port.number).ok());
        number.ok_or_else(|| format!("the port `{text}` is not declared"))
    }

    /// The path that a probe asks for, and what comes of it; an error says why that cannot be told.
    pub(crate) fn answer(&self, ask: &HttpAsk) -> Result<(String, Answer<'p>), &'static str> {
        if ask.at.is_elsewhere {
            return Err("it asks another host, or one that cannot be told");
        }
        let path = self.value(&ask.path);
        let path = path.text().ok_or("the path that it asks for is not written")?;
        let port = self.port(&ask.at).ok();
        let answer = match self.service.routes.answer(ask.method, path, self.servers_at(port)) {
            found @ (Answer::Served(_) | Answer::Unclear(..)) => found,
            missing => match self.service.blind_spot().or_else(|| self.is_asked_aside(port)) {
                Some(why) => Answer::Unclear(why, None),
                None => missing,
            },
        };
        Ok((path.to_owned(), answer))
    }

    /// Why the routes that are known say nothing of what is asked at a port, if they do not.
    fn is_asked_aside(&self, port: Option<u16>) -> Option<String> {
        let (listeners, gap) = self.listeners();
        let is_it = |it: &&Listener<'_>| {
            port.is_some() && it.port.text().and_then(|text| text.parse::<u16>().ok()) == port
        };
        match listeners.iter().find(is_it) {
            Some(listener) if listener.bind.servers.is_empty() && listeners.len() > 1 => {
                Some("what is served at its port cannot be told".into())
            }
            Some(_) => None,
            None => gap,
        }
    }

    /// The servers that accept on a port, where that is known.
    fn servers_at(&self, port: Option<u16>) -> &'p [Span] {
        let (found, _) = self.listeners();
        let is_it = |it: &&Listener<'_>| {
            port.is_some() && it.port.text().and_then(|text| text.parse::<u16>().ok()) == port
        };
        found.iter().find(is_it).map_or(&[], |listener| &listener.bind.servers)
    }
}

/// A variable may hold host and port together.
fn port_of(value: Value) -> Value {
    let port = |text: String| text.rsplit(':').next().map(str::to_owned).unwrap_or_default();
    match value {
        Value::Is(text) => Value::Is(port(text)),
        Value::Perhaps(text, why) => Value::Perhaps(port(text), why),
        Value::Unclear(why) => Value::Unclear(why),
    }
}

/// The value of an argument among words; an error where it is there and its value cannot be told.
fn argument_in(words: &[String], names: &[String]) -> Option<Result<String, String>> {
    // A text for the shell holds several words.
    let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    for (at, word) in words.iter().enumerate() {
        for name in names {
            let rest = word.strip_prefix(name.as_str());
            let value = match rest {
                Some("") => words.get(at + 1).copied(),
                Some(rest) if rest.starts_with('=') => Some(&rest[1..]),
                Some(rest) if !name.starts_with("--") => Some(rest),
                _ => continue,
            };
            let plain = value.map(|it| it.trim_matches(['"', '\''])).filter(|it| !it.contains('$'));
            return Some(
                plain.map(str::to_owned).ok_or_else(|| format!("the value of `{name}` is not written")),
            );
        }
    }
    None
}

/// The program that words start, through what hands over to it.
fn program(words: &[String]) -> String {
    let mut words = words.to_vec();
    for _ in 0..4 {
        let Some(first) = words.first().map(|first| file_name(first).to_owned()) else { break };
        match first.as_str() {
            init if INITS.contains(&init) || matches!(init, "exec" | "env") => {
                let skipped = words.iter().skip(1).take_while(|it| it.starts_with('-') || it.contains('='));
                words.drain(..=skipped.count());
            }
            "sh" | "bash" | "ash" | "dash" => {
                let option = words.iter().position(|it| it.starts_with('-') && it.contains('c'));
                let Some(text) = option.and_then(|at| words.get(at + 1)) else { return first };
                match shell::parse(text).last {
                    shell::Last::Exec(last) | shell::Last::Foreground(last) => words = last,
                    _ => return first,
                }
            }
            _ => return first,
        }
    }
    words.first().map(|first| file_name(first).to_owned()).unwrap_or_default()
}
