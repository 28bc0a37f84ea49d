// The two simulators, each test file in a process of its own, serving a world that
// is the same in every run.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../bin/tieout', import.meta.url))

// How long a test file may take, in ms: a client that waits for ever fails.
const patience = 120_000

// The app and the accounts that `tieout sandbox` serves.
export const app = { id: 'sandbox', secret: 'sandbox', redirect: 'http://localhost:8766/oauth/callback' }
export const token = 'sandbox'
export const realm = '9130350000000000'

// start serves a world until the file's tests are over. Flags are further ones of
// `tieout sandbox`.
export async function start(...flags) {
  if (!existsSync(program)) throw new Error(`${program} is missing: make clientcheck builds it`)
  const dir = mkdtempSync(join(tmpdir(), 'clientcheck-'))
  execFileSync(program, ['sandbox', '-generate', '230', '-seed', '7', '-defects', '0.02', '-o', dir])
  const addresses = ['-hubspot', '127.0.0.1:0', '-quickbooks', '127.0.0.1:0']
  const child = spawn(program, ['sandbox', '-data', dir, ...addresses, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => {
    child.kill()
    rmSync(dir, { recursive: true, force: true })
  })
  after(() => child.kill()) // lets this process end
  setTimeout(() => {
    console.error(`not done after ${patience / 1000} s`)
    process.exit(1)
  }, patience).unref()
  const { HubSpot, QuickBooks } = await announced(child)
  return { hubspot: new Simulator(HubSpot, join(dir, 'hubspot')), quickbooks: new Simulator(QuickBooks, join(dir, 'quickbooks')) }
}

// announced reads the addresses that the program prints.
function announced(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    const found = {}
    child.once('exit', code => reject(new Error(`tieout sandbox ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', line => {
      const [, vendor, url] = line.match(/^(HubSpot|QuickBooks) +(http:\S+)/) ?? []
      if (vendor) found[vendor] = url
      if (found.HubSpot && found.QuickBooks) resolve(found)
    })
  })
}

// A Simulator is one of the two: its address, what it was loaded with, and its control.
class Simulator {
  constructor(url, dir) {
    this.url = url
    this.dir = dir
  }

  // rows are the records of a file of the dataset.
  rows(file) {
    return readFileSync(join(this.dir, `${file}.jsonl`), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line))
  }

  // strike puts a fault in force; it is over when it has struck its times.
  strike(rule) {
    return this.#control('POST', 'faults', rule)
  }

  // clear ends all faults.
  clear() {
    return this.#control('DELETE', 'faults')
  }

  // faults are those in force and those that are over, with how often they struck.
  faults() {
    return this.#control('GET', 'faults')
  }

  // writes are the changes that callers of the API have made, oldest first.
  writes() {
    return this.#control('GET', 'writes')
  }

  // requests counts what was asked, by kind.
  requests() {
    return this.#control('GET', 'requests')
  }

  async #control(method, path, body) {
    const answer = await fetch(`${this.url}/_sandbox/${path}`, { method, body: body && JSON.stringify(body) })
    const read = answer.status === 204 ? null : await answer.json()
    if (!answer.ok) throw new Error(`${method} /_sandbox/${path}: ${read.error}`)
    return read
  }
}

// consent sends a browser's request to where a client would send a person, at the
// simulator's address instead of the vendor's, and returns what the person brings
// back to the app.
export async function consent(authorize, simulator) {
  const url = new URL(authorize)
  const answer = await fetch(new URL(url.pathname + url.search, simulator.url), { redirect: 'manual' })
  const back = answer.headers.get('location')
  if (answer.status !== 302) throw new Error(`authorize: ${answer.status} ${await answer.text()}`)
  return new URL(back)
}
