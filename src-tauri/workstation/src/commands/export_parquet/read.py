"""Reads an export with the programs it is made for, and says what they see as JSON. Exit 3: none of them is installed."""
import json
import sys

folder = sys.argv[1]
told = {}
try:
    import duckdb
except ImportError:
    duckdb = None
try:
    import pyarrow.dataset as dataset
except ImportError:
    dataset = None
if duckdb:
    ask = lambda text: [[str(cell) for cell in row] for row in duckdb.sql(text).fetchall()]
    duckdb.sql("SET TimeZone = 'UTC'")
    candles = f"read_parquet('{folder}/candles/**/*.parquet', hive_partitioning = true)"
    trades = f"read_parquet('{folder}/trades/*/live-*.parquet')"
    said = f"read_parquet('{folder}/observations/**/*.parquet', hive_partitioning = true)"
    told["duckdb"] = {
        "candles": ask(f"SELECT coin, interval, count(*), min(time)::VARCHAR, max(close_time)::VARCHAR, sum(close) FROM {candles} GROUP BY ALL"),
        "trades": ask(f"SELECT time::VARCHAR, coin, side, quantity, price, fee, typeof(price), book, demo FROM {trades} ORDER BY time"),
        "observations": ask(f"SELECT kind, revision, event_time::VARCHAR, published_at::VARCHAR, first_seen::VARCHAR, title FROM {said} ORDER BY first_seen"),
    }
if dataset:
    candles = dataset.dataset(f"{folder}/candles", format="parquet", partitioning="hive")
    told["pyarrow"] = {"rows": candles.count_rows(), "schema": {field.name: str(field.type) for field in candles.schema}}
if not told:
    sys.exit(3)
print(json.dumps(told))
