//! Macro calls: their tokens parsed as what they most likely are.
//!
//! A macro's arguments are arbitrary tokens. What parses as expressions, statements or items is lowered, so that the
//! calls within are seen; what does not parse is left out.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::Token;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;

use super::super::expr::{Expr, ExprId, MacroCall, SelectArm, Shown, Sigil};
use super::super::item::{ItemId, ItemKind};
use super::attr::may_hold;
use super::{Lowering, index};
use crate::span::At;

/// Macros whose tokens are another language, or whose arguments never hold what a question is about.
const OPAQUE: &[&str] = &[
    "quote",
    "quote_spanned",
    "parse_quote",
    "stringify",
    "html",
    "view",
    "rsx",
    "json",
    "matches",
    "concat",
    "include_str",
    "include_bytes",
    "include",
    "line",
    "file",
    "module_path",
    "compile_error",
    "uuid",
];

/// Token trees of a macro whose arguments do not parse as expressions are tried one by one up to this many.
const MAX_PIECES: usize = 256;

impl Lowering<'_> {
    pub(super) fn macro_call(&mut self, mac: &syn::Macro) -> ExprId {
        let path = self.path(&mac.path);
        let name = mac.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        let mut arms = Vec::new();
        let before = self.shown.len();
        let args = match name.as_str() {
            "select" | "select_biased" => {
                arms = self.select_arms(mac.tokens.clone());
                Vec::new()
            }
            "cfg_if" => self.braced_blocks(mac.tokens.clone()),
            "cfg_select" | "cfg_match" => self.selected_blocks(mac.tokens.clone()),
            name if OPAQUE.contains(&name) => Vec::new(),
            _ => self.macro_args(mac.tokens.clone()),
        };
        let args = self.list(&args);
        let waived = self.waived.as_slice().into();
        let shown = self.shown.split_off(before).into();
        self.exprs.macros.push(MacroCall { path, args, arms: arms.into(), shown, waived });
        let at = index(self.exprs.macros.len() - 1);
        let range = self.macro_range(mac);
        self.push(Expr::Macro(at), range)
    }

    fn macro_args(&mut self, tokens: TokenStream) -> Vec<ExprId> {
        if tokens.is_empty() {
            return Vec::new();
        }
        if let Ok(args) = Punctuated::<syn::Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) {
            return args.iter().map(|arg| self.expr(arg)).collect();
        }
        if let Ok(statements) = syn::Block::parse_within.parse2(tokens.clone()) {
            let block = self.statements(&statements, crate::span::Range::default());
            return vec![block];
        }
        self.pieces(tokens)
    }

    /// The expressions between top-level commas and semicolons that parse: `info!(user = %id, "text")`,
    /// `vec![value; length]`.
    fn pieces(&mut self, tokens: TokenStream) -> Vec<ExprId> {
        let mut lowered = Vec::new();
        let mut piece = Vec::new();
        let mut count = 0;
        let end = std::iter::once(None);
        for token in tokens.into_iter().map(Some).chain(end) {
            let is_separator =
                matches!(&token, Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), ',' | ';'));
            match token {
                Some(token) if !is_separator => piece.push(token),
                _ => {
                    count += 1;
                    let piece = std::mem::take(&mut piece);
                    if count <= MAX_PIECES {
                        lowered.extend(self.piece(&piece));
                    }
                }
            }
        }
        lowered
    }

    fn piece(&mut self, piece: &[TokenTree]) -> Option<ExprId> {
        // `field = %value` and `?value` are tracing's; what follows the sigil is the expression.
        let sigil = |token: &TokenTree| match token {
            TokenTree::Punct(punct) if punct.as_char() == '%' => Some(Sigil::Display),
            TokenTree::Punct(punct) if punct.as_char() == '?' => Some(Sigil::Debug),
            _ => None,
        };
        let found = piece.iter().enumerate().find_map(|(at, token)| Some((at, sigil(token)?)));
        let after = found.map_or(0, |(at, _)| at + 1);
        let tokens: TokenStream = piece.iter().skip(after).cloned().collect();
        if tokens.is_empty() {
            return None;
        }
        let value = syn::parse2::<syn::Expr>(tokens).ok().map(|expr| self.expr(&expr))?;
        let field = match found.map(|(at, _)| &piece[..at]) {
            Some([.., TokenTree::Ident(name), TokenTree::Punct(equals)]) if equals.as_char() == '=' => {
                Some(self.names.intern(&name.to_string()))
            }
            _ => None,
        };
        self.shown.extend(found.map(|(_, sigil)| Shown { value, sigil, field }));
        Some(value)
    }

    fn select_arms(&mut self, tokens: TokenStream) -> Vec<SelectArm> {
        let Ok(select) = syn::parse2::<Select>(tokens) else { return Vec::new() };
        select
            .arms
            .iter()
            .map(|arm| {
                let pat = match &arm.pat {
                    Some(pat) => Some(self.pat(pat)),
                    None => Some(self.wild()),
                };
                let future = arm.future.as_ref().map(|future| self.expr(future));
                SelectArm { pat, future, handler: self.expr(&arm.handler) }
            })
            .collect()
    }

    /// `cfg_if! { if #[cfg(…)] { … } else { … } }`: each block, as statements.
    fn braced_blocks(&mut self, tokens: TokenStream) -> Vec<ExprId> {
        let mut lowered = Vec::new();
        for token in tokens {
            if let TokenTree::Group(group) = token
                && group.delimiter() == Delimiter::Brace
                && let Ok(statements) = syn::Block::parse_within.parse2(group.stream())
            {
                let range = self.between(group.span_open(), group.span_close());
                lowered.push(self.statements(&statements, range));
            }
        }
        lowered
    }

    /// `cfg_select! { unix => { … } _ => value }`: each arm that may be chosen.
    fn selected_blocks(&mut self, tokens: TokenStream) -> Vec<ExprId> {
        let mut lowered = Vec::new();
        for arm in selected(tokens) {
            let range = match (arm.tokens.first(), arm.tokens.last()) {
                (Some(first), Some(last)) => self.between(first.span(), last.span()),
                _ => continue,
            };
            if let Ok(statements) = syn::Block::parse_within.parse2(arm.content()) {
                lowered.push(self.statements(&statements, range));
            }
        }
        lowered
    }

    pub(super) fn item_macro(&mut self, item: &syn::ItemMacro) -> Option<ItemId> {
        let last = item.mac.path.segments.last()?;
        let name = item.ident.as_ref().unwrap_or(&last.ident);
        let name = At::new(self.ident(name), self.range(name.span()));
        let macro_name = last.ident.to_string();
        self.add(name, &item.attrs, false, |this| match macro_name.as_str() {
            "macro_rules" => this.macro_rules(item.mac.tokens.clone()),
            _ => this.called_as_item(&item.mac, &macro_name),
        })
    }

    fn called_as_item(&mut self, mac: &syn::Macro, name: &str) -> ItemKind {
        let (mut items, mut args) = (Vec::new(), Vec::new());
        match name {
            "lazy_static" | "thread_local" => items = self.statics(mac.tokens.clone()),
            "cfg_select" | "cfg_match" => {
                for arm in selected(mac.tokens.clone()) {
                    if let Ok(file) = syn::parse2::<syn::File>(arm.content()) {
                        items.extend(self.items(&file.items));
                    }
                }
            }
            "cfg_if" => {
                for token in mac.tokens.clone() {
                    if let TokenTree::Group(group) = token
                        && let Ok(file) = syn::parse2::<syn::File>(group.stream())
                    {
                        items.extend(self.items(&file.items));
                    }
                }
            }
            name if OPAQUE.contains(&name) => {}
            _ => match syn::parse2::<syn::File>(mac.tokens.clone()) {
                Ok(file) => items = self.items(&file.items),
                Err(_) => args = self.macro_args(mac.tokens.clone()),
            },
        }
        let path = self.path(&mac.path);
        let args = self.list(&args);
        let waived = self.waived.as_slice().into();
        self.exprs.macros.push(MacroCall { path, args, arms: Box::default(), shown: Box::default(), waived });
        let at = index(self.exprs.macros.len() - 1);
        let range = self.macro_range(mac);
        let call = self.push(Expr::Macro(at), range);
        ItemKind::MacroCall { call, items: items.into() }
    }

    /// `static ref NAME: Type = value;` of `lazy_static!`, `static NAME: Type = value` of `thread_local!`.
    fn statics(&mut self, tokens: TokenStream) -> Vec<ItemId> {
        let Ok(statics) = syn::parse2::<Statics>(tokens) else { return Vec::new() };
        statics
            .0
            .iter()
            .filter_map(|(vis, ident, ty, value)| self.value(&[], vis, ident, ty, value))
            .collect()
    }

    /// What the arms of a `macro_rules!` expand to. Fragments stand for themselves as names, repetitions once.
    fn macro_rules(&mut self, tokens: TokenStream) -> ItemKind {
        let (mut body, mut items) = (Vec::new(), Vec::new());
        let mut after_arrow = false;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) => after_arrow = punct.as_char() == '>',
                TokenTree::Group(group) if after_arrow => {
                    after_arrow = false;
                    let expansion = substitute(group.stream());
                    if let Ok(statements) = syn::Block::parse_within.parse2(expansion.clone()) {
                        self.local_items.push(Vec::new());
                        let range = self.between(group.span_open(), group.span_close());
                        body.push(self.statements(&statements, range));
                        items.extend(self.local_items.pop().unwrap_or_default());
                    } else if let Ok(file) = syn::parse2::<syn::File>(expansion) {
                        items.extend(self.items(&file.items));
                    }
                }
                _ => {}
            }
        }
        ItemKind::MacroRules { body: body.into(), items: items.into() }
    }
}

/// What one arm of `cfg_select!` holds.
struct SelectedArm {
    tokens: Vec<TokenTree>,
}

impl SelectedArm {
    /// What stands between the braces, or the bare expression.
    fn content(&self) -> TokenStream {
        match self.tokens.as_slice() {
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::Brace => group.stream(),
            tokens => tokens.iter().cloned().collect(),
        }
    }
}

/// The arms of `cfg_select!` that may be part of a Linux service: a condition, `=>`, and a block or an expression.
fn selected(tokens: TokenStream) -> Vec<SelectedArm> {
    let mut arms = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while tokens.peek().is_some() {
        let mut condition = Vec::new();
        for token in tokens.by_ref() {
            if matches!(&token, TokenTree::Punct(sign) if sign.as_char() == '>') {
                break;
            }
            condition.push(token);
        }
        // The `=` of `=>`.
        condition.pop();
        let mut content = Vec::new();
        while let Some(token) = tokens.next_if(|token| !is_comma(token)) {
            let is_block = content.is_empty()
                && matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
            content.push(token);
            if is_block {
                break;
            }
        }
        tokens.next_if(is_comma);
        if may_hold(condition.into_iter().collect()) {
            arms.push(SelectedArm { tokens: content });
        }
    }
    arms
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',')
}

/// `$name` becomes `name`, `$( … ) sep *` its content once, `$crate` is `crate`.
fn substitute(tokens: TokenStream) -> TokenStream {
    let mut out = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => match tokens.peek() {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    out.extend(substitute(group.stream()));
                    tokens.next();
                    // The separator and the repetition sign.
                    for _ in 0..2 {
                        let Some(TokenTree::Punct(sign)) = tokens.peek() else { break };
                        let is_sign = matches!(sign.as_char(), '*' | '+' | '?');
                        tokens.next();
                        if is_sign {
                            break;
                        }
                    }
                }
                _ => {}
            },
            TokenTree::Group(group) => {
                let mut inner = proc_macro2::Group::new(group.delimiter(), substitute(group.stream()));
                inner.set_span(group.span());
                out.push(TokenTree::Group(inner));
            }
            token => out.push(token),
        }
    }
    out.into_iter().collect()
}

/// The arms of `tokio::select!` and `futures::select!`.
struct Select {
    arms: Vec<RawArm>,
}

struct RawArm {
    pat: Option<syn::Pat>,
    future: Option<syn::Expr>,
    handler: syn::Expr,
}

impl Parse for Select {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(syn::Ident) && input.peek2(Token![;]) {
            input.parse::<syn::Ident>()?;
            input.parse::<Token![;]>()?;
        }
        let mut arms = Vec::new();
        while !input.is_empty() {
            let (pat, future) =
                if input.peek(Token![else]) || input.peek(syn::Ident) && input.peek2(Token![=>]) {
                    use syn::ext::IdentExt as _;
                    proc_macro2::Ident::parse_any(input)?;
                    (None, None)
                } else {
                    let pat = syn::Pat::parse_multi_with_leading_vert(input)?;
                    input.parse::<Token![=]>()?;
                    let future = input.parse()?;
                    if input.peek(Token![,]) && input.peek2(Token![if]) {
                        input.parse::<Token![,]>()?;
                        input.parse::<Token![if]>()?;
                        syn::Expr::parse_without_eager_brace(input)?;
                    }
                    (Some(pat), Some(future))
                };
            input.parse::<Token![=>]>()?;
            let handler = if input.peek(syn::token::Brace) {
                syn::Expr::Block(input.parse()?)
            } else {
                input.parse()?
            };
            let _ = input.parse::<Option<Token![,]>>()?;
            arms.push(RawArm { pat, future, handler });
        }
        Ok(Self { arms })
    }
}

struct Statics(Vec<(syn::Visibility, proc_macro2::Ident, syn::Type, syn::Expr)>);

impl Parse for Statics {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut found = Vec::new();
        while !input.is_empty() {
            let _ = input.call(syn::Attribute::parse_outer)?;
            let vis = input.parse()?;
            input.parse::<Token![static]>()?;
            let _ = input.parse::<Option<Token![ref]>>()?;
            let name = input.parse()?;
            input.parse::<Token![:]>()?;
            let ty = input.parse()?;
            input.parse::<Token![=]>()?;
            let _ = input.parse::<Option<Token![const]>>()?;
            let value = input.parse()?;
            let _ = input.parse::<Option<Token![;]>>()?;
            found.push((vis, name, ty, value));
        }
        Ok(Self(found))
    }
}
