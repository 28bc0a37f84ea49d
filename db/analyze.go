package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// muchGrowth is how many new rows of a table are worth new statistics.
const muchGrowth = 500

// grow notes new rows of tables.
func (d *DB) grow(rows int, tables ...string) {
	d.growth.Lock()
	defer d.growth.Unlock()
	if d.growth.rows == nil {
		d.growth.rows = map[string]int{}
	}
	for _, table := range tables {
		d.growth.rows[table] += rows
	}
}

// analyze has PostgreSQL look at tables that have grown much. It does so by itself
// too, but only minutes later: until then it takes the mirror of a first pull for a
// few rows, plans accordingly, and looks up in the table what is in an index.
func (d *DB) analyze(ctx context.Context) error {
	if !d.postgres {
		return nil
	}
	for _, table := range d.grown() {
		if _, err := d.write.NewRaw("VACUUM (ANALYZE, SKIP_LOCKED) ?", bun.Ident(table)).Exec(ctx); err != nil {
			return fmt.Errorf("analyze %s: %w", table, err)
		}
	}
	return nil
}

// grown returns the tables that have grown much, and forgets how much.
func (d *DB) grown() []string {
	d.growth.Lock()
	defer d.growth.Unlock()
	var tables []string
	for table, rows := range d.growth.rows {
		if rows >= muchGrowth {
			tables = append(tables, table)
			delete(d.growth.rows, table)
		}
	}
	return tables
}
