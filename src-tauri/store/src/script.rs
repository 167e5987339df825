//! Many rows in few statements, and many statements in one trip to SQLite's thread: each trip costs some 50 µs.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, Executor, FromRow, Sqlite, SqliteConnection, Type};

/// SQLite takes 32,766 parameters a statement; this many rows of any table here stay far below it.
const ROWS_A_STATEMENT: usize = 256;
/// A script of more rows than this has a shape that will not come again soon; keeping it prepared would only cost memory.
const ROWS_KEPT_PREPARED: usize = 8;

/// SQL text with its parameters.
#[derive(Default)]
pub(crate) struct Script {
    sql: String,
    parameters: Parameters,
    rows: usize,
}

/// Parameters in the order of their question marks.
#[derive(Default)]
pub(crate) struct Parameters {
    values: SqliteArguments,
    failed: Option<sqlx::error::BoxDynError>,
}

impl Parameters {
    /// The next parameter.
    pub(crate) fn add<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> &mut Self {
        if let Err(error) = self.values.add(value) {
            self.failed = Some(error);
        }
        self
    }
}

impl Script {
    /// `insert` (up to `VALUES`), the rows, and what stands `after` them.
    pub(crate) fn rows<T>(
        &mut self,
        insert: &'static str,
        columns: usize,
        rows: &[T],
        after: &'static str,
        mut bind: impl FnMut(&mut Parameters, &T),
    ) {
        let mut row_marks = "(?".to_owned();
        row_marks.push_str(&",?".repeat(columns.saturating_sub(1)));
        row_marks.push(')');
        for part in rows.chunks(ROWS_A_STATEMENT) {
            self.sql.push_str(insert);
            for (index, row) in part.iter().enumerate() {
                self.sql.push_str(if index == 0 { " " } else { "," });
                self.sql.push_str(&row_marks);
                bind(&mut self.parameters, row);
            }
            self.sql.push(' ');
            self.sql.push_str(after);
            self.sql.push_str(";\n");
        }
        self.rows += rows.len();
    }

    /// Runs everything; how many rows changed.
    pub(crate) async fn run(self, conn: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
        if let Some(error) = self.parameters.failed {
            return Err(sqlx::Error::Encode(error));
        }
        if self.sql.is_empty() {
            return Ok(0);
        }
        let keep = self.rows <= ROWS_KEPT_PREPARED;
        // Only literals of this crate and question marks are in the text.
        let query = sqlx::query_with(AssertSqlSafe(self.sql), self.parameters.values).persistent(keep);
        Ok(conn.execute(query).await?.rows_affected())
    }

    /// Runs a script of one query; its rows.
    pub(crate) async fn fetch<T>(self, conn: &mut SqliteConnection) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        if let Some(error) = self.parameters.failed {
            return Err(sqlx::Error::Encode(error));
        }
        if self.sql.is_empty() {
            return Ok(Vec::new());
        }
        let keep = self.rows <= ROWS_KEPT_PREPARED;
        let query = sqlx::query_as_with(AssertSqlSafe(self.sql), self.parameters.values).persistent(keep);
        query.fetch_all(conn).await
    }
}
