// The reference clients of both ways to watch: prints each result as a line of JSON.
// Arguments: sse or ws, the URL, an operation, its variables. TOKEN is the caller's.
import { createClient as overEvents } from 'graphql-sse'
import { createClient as overSocket } from 'graphql-ws'
import WebSocket from 'ws'

const [way, url, query, variables] = process.argv.slice(2)
const authorization = `Bearer ${process.env.TOKEN}`
const client =
  way === 'sse'
    ? overEvents({ url, headers: { authorization }, retryAttempts: 0 })
    : overSocket({
        url: url.replace('http', 'ws'),
        connectionParams: { Authorization: authorization },
        webSocketImpl: WebSocket,
        retryAttempts: 0
      })

await new Promise((complete, error) =>
  client.subscribe(
    { query, variables: JSON.parse(variables) },
    { next: (result) => console.log(JSON.stringify(result)), complete, error }
  )
)
client.dispose()
