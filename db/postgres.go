package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// Connections of a process, unless the address says pool_max_conns: for questions
// and changes, and for what is read while the caller works on it.
const (
	poolConns   = 8
	streamConns = 16
)

// streamParams make the planner read in the order of an index where it can: a
// stream shall start at once and need no memory.
var streamParams = map[string]string{"enable_sort": "off"}

func openPostgres(ctx context.Context, address string) (*DB, error) {
	d := &DB{name: redact(address), postgres: true, locks: runLocks{take: advisoryLock(address)}}
	pool, err := d.openPool(ctx, address, poolConns, nil)
	if err != nil {
		return nil, d.refuse(err)
	}
	d.write, d.read = pool, pool
	if d.stream, err = d.openPool(ctx, address, streamConns, streamParams); err != nil {
		return nil, d.refuse(err)
	}
	return d, nil
}

// errUnparsed takes the place of the driver's message, which quotes the address.
var errUnparsed = errors.New("the address cannot be parsed: want postgres://USER:PASSWORD@HOST/DATABASE")

// openPool opens connections that do not prepare: bun writes values into the
// statement, so that preparing each text would cost a round trip for nothing.
func (d *DB) openPool(ctx context.Context, address string, conns int32, params map[string]string) (*bun.DB, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errUnparsed
	}
	if !strings.Contains(address, "pool_max_conns=") {
		config.MaxConns = conns
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	maps.Copy(config.ConnConfig.RuntimeParams, params)
	config.ConnConfig.RuntimeParams["standard_conforming_strings"] = "on" // what bun's quoting relies on
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "tieout"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	d.closers = append(d.closers, db.Close, func() error { pool.Close(); return nil })
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return bun.NewDB(db, pgdialect.New()), nil
}
