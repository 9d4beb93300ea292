//! From a statement to what the rules ask of it.
//!
//! What is told by its first words and by names is read from the tokens, since those of indexes have options without end; tables and
//! what is altered of them, with their types and expressions, as `sqlparser` understands them.

use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, ColumnOption, DataType, Expr, Ident, ObjectName,
    RenameTableNameKind, Statement, TableConstraint, Value as Literal,
};

use super::{Action, Column, ColumnType, Constraint, Value};
use crate::span::Range;
use crate::syntax::sql::{Alteration, Piece, Words};

/// Functions that give another value for each row. Of those that are not known, nothing is said.
const VOLATILE: &[&str] = &[
    "random",
    "gen_random_uuid",
    "gen_random_bytes",
    "uuid",
    "uuidv4",
    "uuidv7",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuid_generate_v7",
    "clock_timestamp",
    "timeofday",
    "nextval",
];

/// What a statement does, each thing at its place.
pub(super) fn actions(piece: &Piece, range: Range) -> Vec<(Action, Range)> {
    let mut words = piece.words();
    if words.skip("alter") && words.skip("table") {
        return piece.alterations().iter().map(|part| (alteration(part), part.range())).collect();
    }
    vec![(other_than_altering(piece), range)]
}

fn other_than_altering(piece: &Piece) -> Action {
    let mut words = piece.words();
    if words.skip("create") {
        return create(piece, words);
    }
    if words.skip("drop") {
        return drop_of(words);
    }
    if words.skip("truncate") {
        words.skip("table");
        words.skip("only");
        return Action::Empty { tables: words.names() };
    }
    if words.skip("delete") {
        words.skip_all(&["from", "only"]);
        words.skip("from");
        let tables = words.names();
        return if words.is_empty() { Action::Empty { tables } } else { Action::Other };
    }
    if words.skip("begin") || words.skip("start") {
        return Action::Begin;
    }
    if words.skip("commit") || words.skip("end") || words.skip("rollback") {
        return Action::End;
    }
    Action::Other
}

fn create(piece: &Piece, mut words: Words<'_>) -> Action {
    let mut index = words;
    index.skip("unique");
    if index.skip("index") {
        return create_index(index);
    }
    while ["or", "replace", "global", "local", "temp", "temporary", "unlogged", "materialized"]
        .iter()
        .any(|word| words.skip(word))
    {}
    // An index can be on a view only where that is a table behind it.
    if !words.skip("table") && !words.skip("view") {
        return Action::Other;
    }
    words.skip_all(&["if", "not", "exists"]);
    let Some(table) = words.name() else { return Action::Unread("it has no name".to_owned()) };
    // A table is there whatever it is made of, and its columns are asked for only where their types matter.
    let columns = match piece.parse() {
        Ok(Statement::CreateTable(create)) => create.columns.iter().map(column).collect(),
        _ => Vec::new(),
    };
    Action::CreateTable { table, columns }
}

/// `CREATE [UNIQUE] INDEX [CONCURRENTLY] [[IF NOT EXISTS] name] ON [ONLY] table …`
fn create_index(mut words: Words<'_>) -> Action {
    let is_concurrent = words.skip("concurrently");
    words.skip_all(&["if", "not", "exists"]);
    let name = if words.skip("on") {
        None
    } else {
        let name = words.name();
        if !words.skip("on") {
            return Action::Unread("it does not say on which table the index is".to_owned());
        }
        name
    };
    words.skip("only");
    match words.name() {
        Some(table) => Action::CreateIndex { name, table, is_concurrent },
        None => Action::Unread("it does not say on which table the index is".to_owned()),
    }
}

fn drop_of(mut words: Words<'_>) -> Action {
    let is_index = words.skip("index");
    if !is_index && !words.skip("table") {
        return Action::Other;
    }
    let is_concurrent = words.skip("concurrently");
    words.skip_all(&["if", "exists"]);
    let names = words.names();
    match (names.is_empty(), is_index) {
        (true, _) => Action::Unread("it does not say what is dropped".to_owned()),
        (false, true) => Action::DropIndex { names, is_concurrent },
        (false, false) => Action::DropTable { tables: names },
    }
}

fn alteration(part: &Alteration<'_>) -> Action {
    // Owners, triggers, partitions, storage and when a constraint is checked: what matters of them is not asked yet.
    let mut words = part.words();
    let is_asked = if words.skip("alter") {
        !words.skip("constraint")
    } else {
        ["add", "drop", "rename", "validate"].iter().any(|verb| words.skip(verb))
    };
    if !is_asked {
        return Action::Other;
    }
    match part.parse() {
        Ok(Statement::AlterTable(mut alter)) => match alter.operations.pop() {
            Some(operation) => operated(name_of(&alter.name), operation),
            None => Action::Other,
        },
        Ok(_) => Action::Other,
        Err(why) => Action::Unread(why),
    }
}

fn operated(table: String, operation: AlterTableOperation) -> Action {
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            Action::AddColumn { table, column: column(&column_def) }
        }
        AlterTableOperation::DropColumn { column_names, .. } => {
            Action::DropColumn { table, columns: column_names.iter().map(ident).collect() }
        }
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            Action::RenameColumn { table, from: ident(&old_column_name), to: ident(&new_column_name) }
        }
        AlterTableOperation::RenameTable {
            table_name: RenameTableNameKind::To(to) | RenameTableNameKind::As(to),
        } => Action::RenameTable { from: table, to: name_of(&to) },
        AlterTableOperation::AddConstraint { constraint, not_valid } => {
            let (name, constraint) = of_table(&constraint);
            match constraint {
                Some(constraint) => Action::AddConstraint { table, name, constraint, is_valid: !not_valid },
                None => Action::Other,
            }
        }
        AlterTableOperation::ValidateConstraint { name } => Action::ValidateConstraint { name: ident(&name) },
        AlterTableOperation::AlterColumn { column_name, op } => {
            let column = ident(&column_name);
            match op {
                AlterColumnOperation::SetNotNull => Action::SetNotNull { table, column },
                AlterColumnOperation::SetDataType { data_type, using, .. } => Action::SetType {
                    table,
                    column,
                    to: kind(&data_type),
                    is_computed: using.is_some_and(|using| !is_column(&using)),
                },
                _ => Action::Other,
            }
        }
        _ => Action::Other,
    }
}

/// The name and the kind of a table's constraint. Those of other databases are none.
fn of_table(constraint: &TableConstraint) -> (Option<String>, Option<Constraint>) {
    let name = |name: &Option<Ident>| name.as_ref().map(ident);
    match constraint {
        TableConstraint::Unique(unique) => (name(&unique.name), Some(Constraint::Unique)),
        TableConstraint::PrimaryKey(key) => (name(&key.name), Some(Constraint::PrimaryKey)),
        TableConstraint::ForeignKey(key) => (name(&key.name), Some(Constraint::ForeignKey)),
        TableConstraint::Check(check) => {
            (name(&check.name), Some(Constraint::Check { proves: not_null(&check.expr) }))
        }
        TableConstraint::PrimaryKeyUsingIndex(of) | TableConstraint::UniqueUsingIndex(of) => {
            (name(&of.name), Some(Constraint::OfIndex))
        }
        TableConstraint::Exclude(exclude) => (name(&exclude.name), Some(Constraint::Exclude)),
        _ => (None, None),
    }
}

/// The column of which an expression says that it is not null.
fn not_null(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inner) => not_null(inner),
        Expr::IsNotNull(inner) => match &**inner {
            Expr::Identifier(name) => Some(ident(name)),
            _ => None,
        },
        _ => None,
    }
}

fn column(def: &ColumnDef) -> Column {
    let kind = kind(&def.data_type);
    let is_serial = matches!(
        kind.name.as_str(),
        "serial" | "bigserial" | "smallserial" | "serial2" | "serial4" | "serial8"
    );
    let mut column = Column {
        name: ident(&def.name),
        kind,
        is_required: false,
        value: if is_serial { Value::Numbered } else { Value::Null },
        constraints: Vec::new(),
    };
    for option in &def.options {
        match &option.option {
            ColumnOption::NotNull => column.is_required = true,
            ColumnOption::Default(value) => column.value = value_of(value),
            ColumnOption::Generated { generation_expr: None, .. } | ColumnOption::Identity(_) => {
                column.value = Value::Numbered;
            }
            ColumnOption::Generated { .. } => column.value = Value::Stored,
            ColumnOption::PrimaryKey(_) => {
                column.is_required = true;
                column.constraints.push(Constraint::PrimaryKey);
            }
            ColumnOption::Unique(_) => column.constraints.push(Constraint::Unique),
            ColumnOption::ForeignKey(_) => column.constraints.push(Constraint::ForeignKey),
            ColumnOption::Check(check) => {
                column.constraints.push(Constraint::Check { proves: not_null(&check.expr) });
            }
            _ => {}
        }
    }
    column
}

fn value_of(expr: &Expr) -> Value {
    match expr {
        Expr::Value(value) if value.value == Literal::Null => Value::Null,
        Expr::Cast { expr, .. } if value_of(expr) == Value::Null => Value::Null,
        expr if is_volatile(expr) => Value::Volatile,
        _ => Value::Same,
    }
}

/// Whether a function in it is known to give another value for each row. Only the forms that defaults have are looked through.
fn is_volatile(expr: &Expr) -> bool {
    use sqlparser::ast::{FunctionArg, FunctionArgExpr, FunctionArguments};
    match expr {
        Expr::Nested(expr)
        | Expr::Cast { expr, .. }
        | Expr::UnaryOp { expr, .. }
        | Expr::Collate { expr, .. }
        | Expr::Substring { expr, .. } => is_volatile(expr),
        Expr::BinaryOp { left, right, .. } => is_volatile(left) || is_volatile(right),
        Expr::AtTimeZone { timestamp, .. } => is_volatile(timestamp),
        Expr::Function(function) => {
            let arguments = match &function.args {
                FunctionArguments::List(list) => list.args.as_slice(),
                _ => &[],
            };
            VOLATILE.contains(&name_of(&function.name).as_str())
                || arguments.iter().any(|argument| match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => is_volatile(expr),
                    _ => false,
                })
        }
        _ => false,
    }
}

/// Whether `USING` names a column, or casts it, which is what happens without it as well.
fn is_column(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => true,
        Expr::Nested(expr) | Expr::Cast { expr, .. } => is_column(expr),
        _ => false,
    }
}

/// A type by its written name: `character varying(20)` is `varchar` of 20.
fn kind(data_type: &DataType) -> ColumnType {
    let written = data_type.to_string().to_lowercase();
    let (name, rest) = written.split_once('(').unwrap_or((&written, ""));
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let length = digits.parse().ok();
    // An array is another type than what it is made of, and so is what stands behind the length, as of a time.
    let tail = rest.split_once(')').map_or("", |(_, tail)| tail);
    let name = format!("{}{tail}", name.trim_end());
    let name = match name.as_str() {
        "character varying" | "char varying" | "nvarchar" => "varchar",
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "bool" => "boolean",
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "character" => "char",
        "decimal" | "dec" => "numeric",
        "float" | "float8" => "double precision",
        "float4" => "real",
        other => other,
    };
    ColumnType { name: name.to_owned(), length }
}

/// The last part of a name.
fn name_of(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(ident).unwrap_or_default()
}

fn ident(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}
