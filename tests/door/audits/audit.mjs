// Prints every audit of graphql-http and what came of it, as JSON. TOKEN is the caller's, the argument the URL.
import { serverAudits } from 'graphql-http'

const authorization = `Bearer ${process.env.TOKEN}`
const fetchFn = (url, options = {}) =>
  fetch(url, { ...options, headers: { ...options.headers, authorization } })

const results = []
for (const audit of serverAudits({ url: process.argv[2], fetchFn })) {
  const result = await audit.fn()
  results.push({ id: audit.id, name: audit.name, status: result.status, reason: result.reason ?? null })
}
console.log(JSON.stringify(results))
