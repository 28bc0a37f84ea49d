import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { start } from './sandbox.js'

const { hubspot, quickbooks } = await start('-open', '-latency', '80ms')

test('simulators: the examples of docs/simulators.md work', async () => {
  const page = readFileSync(new URL('../../docs/simulators.md', import.meta.url), 'utf8')
  const examples = page.match(/^ {4}curl .*$/gm).map(line => line.trim())
  const said = examples.map(line => execFileSync('sh', ['-c', line
    .replace(/^curl /, 'curl --silent --show-error --fail ')
    .replaceAll('http://127.0.0.1:9101', hubspot.url).replaceAll('http://127.0.0.1:9102', quickbooks.url)], { encoding: 'utf8' }))
  assert.ok(examples.length >= 12)
  assert.equal(JSON.parse(said[0]).results.length, 2)
  assert.deepEqual(JSON.parse(said[1]).QueryResponse, { totalCount: quickbooks.rows('Invoice').length })
  const effects = faults => faults.map(fault => fault.effect)
  assert.deepEqual(effects(await quickbooks.faults()), ['refuse', 'drop_after', 'refuse'])
  assert.deepEqual(effects(await hubspot.faults()), ['refuse', 'delay', 'dead_token'])
})

test('simulators: an answer takes the latency that was asked for', async () => {
  await hubspot.clear()
  await quickbooks.clear()
  for (const url of [`${hubspot.url}/crm/v3/objects/contacts`, `${quickbooks.url}/v3/company/1/preferences`]) {
    const began = performance.now()
    assert.equal((await fetch(url, { headers: { authorization: 'Bearer x', accept: 'application/json' } })).status, 200)
    assert.ok(performance.now() - began >= 79, url)
  }
})
