use super::*;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field as Read;

fn fields() -> Vec<Field> {
    [
        ("name", Holds::Text),
        ("amount", Holds::Number),
        ("count", Holds::Whole),
        ("score", Holds::Ratio),
        ("at", Holds::Moment),
        ("demo", Holds::Truth),
    ]
    .map(|(name, holds)| Field::of(name, holds))
    .to_vec()
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn row(amount: &str) -> Vec<Value> {
    vec![
        Value::Text("=1+1 \u{e9}".into()),
        Value::Number(decimal(amount)),
        Value::Whole(-3),
        Value::Ratio(0.1),
        Value::Moment(Timestamp::parse("2024-02-29T23:59:59.000001Z").unwrap()),
        Value::Truth(true),
    ]
}

fn read(path: &Path) -> Vec<Vec<(String, Read)>> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().into_columns()).collect()
}

fn exact(field: &Read) -> i128 {
    let Read::Decimal(decimal) = field else { panic!("{field:?}") };
    assert_eq!((decimal.precision(), decimal.scale()), (38, 18));
    i128::from_be_bytes(decimal.data().try_into().unwrap())
}

#[test]
fn numbers_are_exact_or_stand_as_text_and_nothing_is_rounded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let mut table = TableFile::create(&path, &fields(), &[("omc.demo", "false".into())]).unwrap();
    for amount in ["-0.000000000000000001", "12345678901234567890.12", "0.0000000000000000001", "100"] {
        table.push(row(amount)).unwrap();
    }
    table.push(vec![Value::Empty; 6]).unwrap();
    let written = table.finish().unwrap();
    assert_eq!((written.rows, written.unfitting, written.sha256.len()), (5, 1, 64));
    assert_eq!(written.bytes, std::fs::metadata(&path).unwrap().len());
    let rows = read(&path);
    assert_eq!(exact(&rows[0][1].1), -1);
    assert_eq!(exact(&rows[1][1].1), 12_345_678_901_234_567_890_120_000_000_000_000_000);
    assert_eq!((&rows[2][1].1, &rows[2][6].1), (&Read::Null, &Read::Str("amount=0.0000000000000000001".into())));
    assert_eq!((exact(&rows[3][1].1), &rows[3][6].1), (100 * 10i128.pow(18), &Read::Null));
    assert_eq!(rows[0][0], ("name".to_owned(), Read::Str("=1+1 \u{e9}".into())));
    assert_eq!((&rows[0][2].1, &rows[0][3].1), (&Read::Long(-3), &Read::Double(0.1)));
    assert_eq!((&rows[0][4].1, &rows[0][5].1), (&Read::TimestampMicros(1_709_251_199_000_001), &Read::Bool(true)));
    assert!(rows[4].iter().all(|(_, value)| *value == Read::Null));
}

#[test]
fn a_long_file_is_cut_into_row_groups_and_the_same_rows_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name);
        let mut table = TableFile::create(&path, &fields(), &[]).unwrap();
        for count in 0..(GROUP_ROWS as i64 + 7) {
            let mut row = row("1.5");
            row[2] = Value::Whole(count);
            table.push(row).unwrap();
        }
        (table.finish().unwrap(), path)
    };
    let (one, path) = write("one");
    assert_eq!(one, write("two").0);
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [GROUP_ROWS as i64, 7]);
    let counts: Vec<Read> = read(&path).into_iter().map(|row| row[2].1.clone()).collect();
    assert!(counts.iter().enumerate().all(|(at, count)| *count == Read::Long(at as i64)));
}

#[test]
fn a_row_that_does_not_fit_and_a_file_that_is_there_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let mut table = TableFile::create(&path, &fields(), &[]).unwrap();
    assert_eq!(table.push(vec![Value::Empty]).unwrap_err().code(), "bad_parquet");
    let mut wrong = row("1");
    wrong[4] = Value::Whole(7);
    assert_eq!(table.push(wrong).unwrap_err().code(), "bad_parquet");
    assert_eq!(TableFile::create(&path, &fields(), &[]).err().unwrap().code(), "cannot_write");
}
