import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { Client, Signature } from '@hubspot/api-client'
import { app, realm, start, token } from './sandbox.js'
import { quickbooks } from './quickbooks.js'

// The receiver keeps every message and says that it has it.
const messages = []
const receiver = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  messages.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() })
  response.end()
})
receiver.listen(0, '127.0.0.1')
await once(receiver, 'listening')
after(() => receiver.closeAllConnections())
after(() => receiver.close())
const address = `http://127.0.0.1:${receiver.address().port}`
const simulators = await start('-webhooks', address)

// received waits for the messages to a path.
async function received(path) {
  for (;;) {
    const got = messages.filter(m => m.path === path)
    if (got.length) return got
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

test('HubSpot: the client verifies what a webhook is signed with', async () => {
  const { crm } = new Client({ basePath: simulators.hubspot.url, accessToken: token })
  const contact = await crm.contacts.basicApi.create({ properties: { email: 'hook@example.com' } })
  const [{ headers, body }] = await received('/webhooks/hubspot')
  const signed = {
    signatureVersion: 'v3', method: 'POST', url: `${address}/webhooks/hubspot`, clientSecret: app.secret, requestBody: body,
    signature: headers['x-hubspot-signature-v3'], timestamp: headers['x-hubspot-request-timestamp'],
  }
  assert.equal(Signature.isValid(signed), true)
  assert.equal(Signature.isValid({ ...signed, requestBody: `${body} ` }), false)
  assert.equal(Signature.isValid({ ...signed, clientSecret: 'wrong' }), false)
  const made = JSON.parse(body).find(event => /creation$/.test(event.subscriptionType))
  assert.deepEqual([String(made.objectId), made.changeFlag, made.attemptNumber], [contact.id, 'NEW', 0])
})

test('QuickBooks: a webhook is signed over its body and names what has changed', async () => {
  const made = await quickbooks(simulators.quickbooks).createCustomer({ DisplayName: 'Hooked' })
  const [{ headers, body }] = await received('/webhooks/quickbooks')
  assert.equal(headers['intuit-signature'], createHmac('sha256', app.secret).update(body).digest('base64'))
  const [event] = JSON.parse(body)
  assert.deepEqual([event.type, event.intuitentityid, event.intuitaccountid], ['qbo.customer.created.v1', made.Id, realm])
})
