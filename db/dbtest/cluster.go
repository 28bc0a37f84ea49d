package dbtest

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// A cluster is a PostgreSQL server of this process: its data and its socket are in
// a temporary directory, it listens to no network, and it does not wait for disks.
type cluster struct {
	dir  string
	bin  string
	cred *syscall.Credential // who runs it, when this process is root

	server *exec.Cmd
	life   io.Closer // the server lives until it is closed
}

// startCluster makes and starts a cluster.
func startCluster() (*cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tieout-pg-") // short: a socket's path has at most 107 bytes
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, bin: bin}
	if err := c.own(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	initdb := c.command(filepath.Join(bin, "initdb"), "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(dir))
	}
	if err := c.serve(); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// server runs PostgreSQL until the standard input ends, which it does also when
// this process dies, and then removes the directory. The first signal ends a
// server that has only just begun, the second one that is at work, at once.
const server = `"$@" >log 2>&1 & pid=$!
while read -r _; do :; done
kill -TERM $pid; kill -QUIT $pid; wait $pid
cd / && /bin/rm -rf "$OLDPWD"`

// serve starts the server and waits until it answers.
func (c *cluster) serve() error {
	c.server = c.command("/bin/sh", "-c", server, "sh", filepath.Join(c.bin, "postgres"), "-D", c.data(), "-k", c.dir,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_connections=200", "-c", "shared_buffers=64MB")
	life, err := c.server.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.server.Start(); err != nil {
		return err
	}
	c.life = life
	for range 600 {
		if err = c.exec("SELECT 1"); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(c.dir, "log")) // only to explain err
	return fmt.Errorf("the server does not answer: %w\n%s", err, log)
}

func (c *cluster) stop() error {
	var err error
	if c.life != nil {
		err = errors.Join(c.life.Close(), c.server.Wait())
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// address names a database of the cluster.
func (c *cluster) address(database string) string {
	return "postgres://postgres@/" + database + "?" + url.Values{"host": {c.dir}, "sslmode": {"disable"}}.Encode()
}

// own gives the directory to the user postgres when this process is root, as whom
// PostgreSQL refuses to run.
func (c *cluster) own() error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	c.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(c.dir, int(uid), int(gid))
}

// command is a program run as the cluster's owner in its directory.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred}
	return cmd
}

// binaries returns the directory of PostgreSQL's programs: of the PATH's initdb,
// else of the newest version where Debian keeps them.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("initdb is neither in PATH nor in /usr/lib/postgresql/*/bin; install it: apt-get install postgresql")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return release(a) - release(b) })
	return filepath.Dir(newest), nil
}

// release is the version in /usr/lib/postgresql/VERSION/bin/initdb.
func release(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // an odd name counts as oldest
	return n
}
