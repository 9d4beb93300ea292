//! Makes of a parsed template one that says where it is, that ends, and that reads maps as Go does.
//!
//! - Each action and condition first calls `__at`, which notes the place and counts a step.
//! - The text of the file under judgement is given by `__text`, which notes its place.
//! - `.a.b` is `__get . "a" "b"`, which sees maps that were changed and fails on what is absent as Go does.
//! - `template` is `include`, so that the depth is counted in one place.

use std::sync::Arc;

use gotmpl::parse::{
    ActionNode, BranchNode, CommandNode, Expr, ListNode, Node, Number, PipeNode, Pos, SmolStr, TemplateNode,
};

/// What of a file is rewritten.
pub(super) struct Rewrite<'t> {
    /// The number of the file.
    pub(super) file: usize,
    pub(super) text: &'t str,
    /// Whether this is what the file itself prints, and no named template of it.
    pub(super) is_main: bool,
}

impl Rewrite<'_> {
    pub(super) fn list(&self, list: &ListNode) -> ListNode {
        ListNode { pos: list.pos, nodes: list.nodes.iter().map(|node| self.node(node)).collect() }
    }

    fn node(&self, node: &Node) -> Node {
        match node {
            Node::Text(text) if self.is_main => {
                // The position is that of the text before its blanks were trimmed.
                let raw = self.text.get(text.pos.offset..).unwrap_or_default();
                let trimmed =
                    if raw.starts_with(&*text.text) { 0 } else { raw.len() - raw.trim_start().len() };
                let args =
                    [number(text.pos.offset + trimmed), Expr::String(text.pos, Arc::clone(&text.text))];
                action(text.pos, Vec::new(), false, vec![call(text.pos, "__text", args)])
            }
            Node::Action(node) => {
                let pipe = self.checked(&node.pipe, "0");
                action(node.pos, pipe.decl, pipe.is_assign, pipe.commands)
            }
            Node::If(branch) => Node::If(self.branch(branch, "__known")),
            Node::With(branch) => Node::With(self.branch(branch, "__known")),
            Node::Range(branch) => Node::Range(self.branch(branch, "__items")),
            Node::Template(template) => self.template(template),
            Node::List(list) => Node::List(self.list(list)),
            other => other.clone(),
        }
    }

    /// `{{ template "name" dot }}` prints what `include` gives.
    fn template(&self, template: &TemplateNode) -> Node {
        let pos = template.pos;
        let dot = template.pipe.as_ref().map_or(Expr::Nil(pos), |pipe| Expr::Pipe(pos, self.pipe(pipe)));
        let command = call(pos, "include", [Expr::String(pos, template.name.as_str().into()), dot]);
        let pipe = PipeNode { pos, decl: Vec::new(), commands: vec![command], is_assign: false };
        action(pos, Vec::new(), false, vec![self.either(&pipe, "0")])
    }

    fn branch(&self, branch: &BranchNode, check: &str) -> BranchNode {
        let mut pipe = self.checked(&branch.pipe, "1");
        pipe.commands.push(call(branch.pos, check, []));
        BranchNode {
            pos: branch.pos,
            pipe,
            body: self.list(&branch.body),
            else_body: branch.else_body.as_ref().map(|body| self.list(body)),
        }
    }

    fn checked(&self, pipe: &PipeNode, kind: &str) -> PipeNode {
        let inner = PipeNode { decl: Vec::new(), is_assign: false, ..self.pipe(pipe) };
        PipeNode {
            pos: pipe.pos,
            decl: pipe.decl.clone(),
            commands: vec![self.either(&inner, kind)],
            is_assign: pipe.is_assign,
        }
    }

    /// `or (__at file offset kind) (pipe)`: the pipe is not evaluated where `__at` gives something.
    fn either(&self, pipe: &PipeNode, kind: &str) -> CommandNode {
        let pos = pipe.pos;
        let place = [
            number(self.file),
            number(pos.offset),
            Expr::String(pos, kind.into()),
            Expr::Bool(pos, self.is_main),
        ];
        let at =
            PipeNode { pos, decl: Vec::new(), commands: vec![call(pos, "__at", place)], is_assign: false };
        call(pos, "or", [Expr::Pipe(pos, at), Expr::Pipe(pos, pipe.clone())])
    }

    fn pipe(&self, pipe: &PipeNode) -> PipeNode {
        let commands = pipe.commands.iter().enumerate();
        PipeNode {
            pos: pipe.pos,
            decl: pipe.decl.clone(),
            commands: commands.map(|(at, command)| self.command(command, 0 < at)).collect(),
            is_assign: pipe.is_assign,
        }
    }

    fn command(&self, command: &CommandNode, is_piped: bool) -> CommandNode {
        let Some((first, rest)) = command.args.split_first() else { return command.clone() };
        let has_args = is_piped || !rest.is_empty();
        let rest = rest.iter().map(|arg| self.expr(arg));
        let args = match self.access(first) {
            // `.Files.Get "x"` calls what the last field holds.
            Some((base, mut fields)) if has_args => {
                let method = fields.pop().unwrap_or_default();
                let base = if fields.is_empty() { base } else { get(first.pos(), base, &fields) };
                let head = [
                    Expr::Identifier(first.pos(), "__method".into()),
                    Expr::String(first.pos(), method.as_str().into()),
                    base,
                ];
                head.into_iter().chain(rest).collect()
            }
            Some((base, fields)) => match get(first.pos(), base, &fields) {
                Expr::Pipe(_, pipe) if pipe.commands.len() == 1 => pipe.commands[0].args.clone(),
                other => vec![other],
            },
            None if matches!(first, Expr::Identifier(..)) => {
                std::iter::once(first.clone()).chain(rest).collect()
            }
            None => std::iter::once(self.expr(first)).chain(rest).collect(),
        };
        CommandNode { pos: command.pos, args }
    }

    fn expr(&self, expr: &Expr) -> Expr {
        if let Some((base, fields)) = self.access(expr) {
            return get(expr.pos(), base, &fields);
        }
        match expr {
            Expr::Pipe(pos, pipe) => Expr::Pipe(*pos, self.pipe(pipe)),
            other => other.clone(),
        }
    }

    /// What fields are asked of, and which.
    fn access(&self, expr: &Expr) -> Option<(Expr, Vec<SmolStr>)> {
        let (base, fields) = match expr {
            Expr::Field(pos, fields) => (Expr::Dot(*pos), fields),
            Expr::Variable(pos, name, fields) if !fields.is_empty() => {
                (Expr::Variable(*pos, name.clone(), Vec::new()), fields)
            }
            Expr::Chain(_, inner, fields) => (self.expr(inner), fields),
            _ => return None,
        };
        Some((base, fields.clone()))
    }
}

/// A number as the rewritten template has it.
fn number(number: usize) -> Expr {
    Expr::Number(Pos::new(0, 0), Number::Int(i64::try_from(number).unwrap_or(i64::MAX)))
}

fn get(pos: Pos, base: Expr, fields: &[SmolStr]) -> Expr {
    let names = fields.iter().map(|field| Expr::String(pos, field.as_str().into()));
    let command = call(pos, "__get", std::iter::once(base).chain(names));
    Expr::Pipe(pos, PipeNode { pos, decl: Vec::new(), commands: vec![command], is_assign: false })
}

fn call(pos: Pos, name: &str, args: impl IntoIterator<Item = Expr>) -> CommandNode {
    let function = Expr::Identifier(pos, name.into());
    CommandNode { pos, args: std::iter::once(function).chain(args).collect() }
}

fn action(pos: Pos, decl: Vec<SmolStr>, is_assign: bool, commands: Vec<CommandNode>) -> Node {
    Node::Action(ActionNode { pos, pipe: PipeNode { pos, decl, commands, is_assign } })
}

/// How deeply the parts of a template are nested: what the stack has to bear.
pub(super) fn depth(list: &ListNode) -> usize {
    list.nodes.iter().map(node_depth).max().unwrap_or(0)
}

fn node_depth(node: &Node) -> usize {
    match node {
        Node::Action(action) => pipe_depth(&action.pipe),
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
            let otherwise = branch.else_body.as_ref().map_or(0, depth);
            pipe_depth(&branch.pipe).max(1 + depth(&branch.body)).max(1 + otherwise)
        }
        Node::Template(template) => template.pipe.as_ref().map_or(0, pipe_depth),
        Node::List(list) => depth(list),
        _ => 0,
    }
}

fn pipe_depth(pipe: &PipeNode) -> usize {
    let args = pipe.commands.iter().flat_map(|command| &command.args);
    args.map(expr_depth).max().unwrap_or(0)
}

fn expr_depth(expr: &Expr) -> usize {
    match expr {
        Expr::Pipe(_, pipe) => 1 + pipe_depth(pipe),
        Expr::Chain(_, inner, _) => 1 + expr_depth(inner),
        _ => 0,
    }
}
