//! JSON patches (<https://www.rfc-editor.org/rfc/rfc6902>).

use crate::syntax::yaml::{Shape, Tree};

/// Applies all operations; what does not fit leaves the object as it came so far, and is `None`.
pub(super) fn apply(object: &mut Tree, operations: &[Tree]) -> Option<()> {
    operations.iter().try_for_each(|operation| one(object, operation))
}

fn one(object: &mut Tree, operation: &Tree) -> Option<()> {
    let text = |key| operation.get(key).and_then(Tree::str);
    let path = pointer(text("path")?)?;
    match text("op")? {
        "add" => add(object, &path, operation.get("value")?.clone()),
        "replace" => replace(object, &path, operation.get("value")?.clone()),
        "remove" => take(object, &path).map(|_| ()),
        "copy" => {
            let value = find(object, &pointer(text("from")?)?)?.clone();
            add(object, &path, value)
        }
        "move" => {
            let value = take(object, &pointer(text("from")?)?)?;
            add(object, &path, value)
        }
        // It changes nothing.
        "test" => Some(()),
        _ => None,
    }
}

/// The steps of a JSON pointer.
fn pointer(text: &str) -> Option<Vec<String>> {
    let steps = text.strip_prefix('/')?.split('/');
    Some(steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn find<'t>(node: &'t mut Tree, path: &[String]) -> Option<&'t mut Tree> {
    let Some((step, rest)) = path.split_first() else { return Some(node) };
    let next = match &mut node.shape {
        Shape::Sequence(items) => items.get_mut(step.parse::<usize>().ok()?)?,
        Shape::Mapping(entries) => {
            entries.iter_mut().find(|(key, _)| key.key() == Some(step)).map(|(_, value)| value)?
        }
        Shape::Scalar { .. } => return None,
    };
    find(next, rest)
}

fn add(object: &mut Tree, path: &[String], value: Tree) -> Option<()> {
    let (last, parents) = path.split_last()?;
    let parent = find(object, parents)?;
    match &mut parent.shape {
        Shape::Sequence(items) if last == "-" => items.push(value),
        Shape::Sequence(items) => {
            let at = last.parse::<usize>().ok().filter(|at| *at <= items.len())?;
            items.insert(at, value);
        }
        Shape::Mapping(_) => parent.set(Tree::text_at(last, value.range), value),
        Shape::Scalar { .. } => return None,
    }
    Some(())
}

fn replace(object: &mut Tree, path: &[String], value: Tree) -> Option<()> {
    let (last, parents) = path.split_last()?;
    let parent = find(object, parents)?;
    if parent.get(last).is_some() {
        parent.set(Tree::text_at(last, value.range), value);
    } else {
        *find(parent, std::slice::from_ref(last))? = value;
    }
    Some(())
}

fn take(object: &mut Tree, path: &[String]) -> Option<Tree> {
    let (last, parents) = path.split_last()?;
    let parent = find(object, parents)?;
    if let Shape::Sequence(items) = &mut parent.shape {
        let at = last.parse::<usize>().ok().filter(|at| *at < items.len())?;
        return Some(items.remove(at));
    }
    let value = parent.get(last)?.clone();
    parent.remove(last);
    Some(value)
}
