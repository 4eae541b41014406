/** Claims in Redis. Each step is one script, and time is Redis' own. */
import { Effect } from "effect"
import { Redis } from "effect/persistence"
import type { VisaError } from "../VisaError.ts"
import type { ClaimId, ClaimStore } from "./claimStore.ts"
import { storeUnavailable } from "./storeFailure.ts"

// Told how, because Lua writes a number with 14 digits and an exponent if it is left to itself.
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
`

/** Whether the token in `ARGV[1]` is the claim's, and the claim is open. */
const held = `
local claim = redis.call('HMGET', KEYS[1], 'token', 'result')
local held = claim[1] == ARGV[1] and not claim[2]
`

const claimScript = Redis.script(
  (key: string, owner: string, leaseMillis: number, ...fingerprints: ReadonlyArray<string>) => [
    key,
    owner,
    leaseMillis,
    ...fingerprints,
  ],
  {
    numberOfKeys: 1,
    lua: `${now}
local fields = { 'fingerprint', 'owner', 'token', 'leaseUntil', 'recoveryPoint', 'data', 'result' }
local claim = redis.call('HMGET', KEYS[1], unpack(fields))
local granted = not claim[1]
if claim[1] and not claim[7] and (claim[2] == ARGV[1] or tonumber(claim[4]) <= now) then
  for index = 3, #ARGV do
    if claim[1] == ARGV[index] then granted = true end
  end
end
if granted then
  claim[1] = claim[1] or ARGV[3]
  claim[2] = ARGV[1]
  claim[3] = text((tonumber(claim[3]) or 0) + 1)
  claim[4] = text(now + ARGV[2])
  redis.call('HSET', KEYS[1],
    'fingerprint', claim[1], 'owner', claim[2], 'token', claim[3], 'leaseUntil', claim[4])
end
return { granted and 1 or 0, claim[1], claim[2], tonumber(claim[3]), tonumber(claim[4]) - now,
  claim[5], claim[6], claim[7] }`,
  },
).withReturnType<
  readonly [
    granted: number,
    fingerprint: string,
    owner: string,
    token: number,
    remainingMillis: number,
    recoveryPoint: string | null,
    data: string | null,
    result: string | null,
  ]
>()

const updateScript = Redis.script(
  (key: string, token: number, leaseMillis: number, ...fields: ReadonlyArray<string>) => [
    key,
    token,
    leaseMillis,
    ...fields,
  ],
  {
    numberOfKeys: 1,
    lua: `${now}${held}
if not held then return 0 end
redis.call('HSET', KEYS[1], 'leaseUntil', text(now + ARGV[2]), unpack(ARGV, 3))
return 1`,
  },
).withReturnType<number>()

const completeScript = Redis.script(
  (key: string, token: number, result: string) => [key, token, result],
  {
    numberOfKeys: 1,
    lua: `${now}${held}
if held then
  redis.call('HSET', KEYS[1], 'result', ARGV[2], 'completedAt', text(now))
  return 1
end
return (claim[1] == ARGV[1] and claim[2] == ARGV[2]) and 1 or 0`,
  },
).withReturnType<number>()

const consumeScript = Redis.script(
  (key: string, by: string, fingerprint: string) => [key, by, fingerprint],
  {
    numberOfKeys: 1,
    lua: `
local receipt = redis.call('HMGET', KEYS[1], 'by', 'fingerprint')
if receipt[1] then return receipt end
redis.call('HSET', KEYS[1], 'by', ARGV[1], 'fingerprint', ARGV[2])
return { ARGV[1], ARGV[2] }`,
  },
).withReturnType<readonly [by: string, fingerprint: string]>()

const restoreScript = Redis.script((key: string, by: string) => [key, by], {
  numberOfKeys: 1,
  lua: `
if redis.call('HGET', KEYS[1], 'by') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1 - redis.call('EXISTS', KEYS[1])`,
}).withReturnType<number>()

const pruneScript = Redis.script((key: string, ageMillis: number) => [key, ageMillis], {
  numberOfKeys: 1,
  lua: `${now}
local completedAt = tonumber(redis.call('HGET', KEYS[1], 'completedAt'))
if completedAt and completedAt <= now - ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`,
}).withReturnType<number>()

/** A text as a pattern that matches only itself. */
const literal = (text: string): string => text.replaceAll(/[\\*?[\]^-]/g, (each) => `\\${each}`)

/** Claims under keys that begin with the prefix. */
export const makeRedisStore = (prefix: string): Effect.Effect<ClaimStore, never, Redis.Redis> =>
  Effect.gen(function* () {
    const redis = yield* Redis.Redis
    const claim = redis.eval(claimScript)
    const update = redis.eval(updateScript)
    const complete = redis.eval(completeScript)
    const consume = redis.eval(consumeScript)
    const restore = redis.eval(restoreScript)
    const prune = redis.eval(pruneScript)

    const claimPrefix = `${prefix}claim:`
    const keyOf = ({ key, namespace }: ClaimId) => claimPrefix + JSON.stringify([namespace, key])
    const receiptKeyOf = (receipt: string) => `${prefix}receipt:${receipt}`
    const unavailable = <A, R>(
      self: Effect.Effect<A, Redis.RedisError, R>,
    ): Effect.Effect<A, VisaError, R> =>
      Effect.catchTag(self, "RedisError", storeUnavailable("Redis"))
    const answers = (self: Effect.Effect<number, Redis.RedisError>) =>
      Effect.map(unavailable(self), (answer) => answer === 1)

    return {
      claim: (request) =>
        Effect.map(
          unavailable(
            claim(keyOf(request), request.owner, request.leaseMillis, ...request.fingerprints),
          ),
          ([granted, fingerprint, owner, token, remainingMillis, recoveryPoint, data, result]) => ({
            granted: granted === 1,
            fingerprint,
            owner,
            token,
            remainingMillis,
            recoveryPoint: recoveryPoint ?? undefined,
            data: data ?? undefined,
            result: result ?? undefined,
          }),
        ),
      update: ({ data, leaseMillis, recoveryPoint, token, ...id }) =>
        answers(
          update(
            keyOf(id),
            token,
            leaseMillis,
            ...(recoveryPoint === undefined ? [] : ["recoveryPoint", recoveryPoint]),
            ...(data === undefined ? [] : ["data", data]),
          ),
        ),
      complete: ({ result, token, ...id }) => answers(complete(keyOf(id), token, result)),
      release: ({ token, ...id }) => answers(update(keyOf(id), token, 0)),
      consume: (receipt, { by, fingerprint }) =>
        Effect.map(
          unavailable(consume(receiptKeyOf(receipt), by, fingerprint)),
          ([foundBy, foundFingerprint]) => ({ by: foundBy, fingerprint: foundFingerprint }),
        ),
      restore: (receipt, by) => answers(restore(receiptKeyOf(receipt), by)),
      prune: Effect.fnUntraced(function* (ageMillis): Effect.fn.Return<number, VisaError> {
        let cursor = "0"
        let count = 0
        do {
          const [next, keys] = yield* unavailable(
            redis.send<readonly [string, ReadonlyArray<string>]>(
              "SCAN",
              cursor,
              "MATCH",
              `${literal(claimPrefix)}*`,
              "COUNT",
              "500",
            ),
          )
          for (const key of keys) count += yield* unavailable(prune(key, ageMillis))
          cursor = next
        } while (cursor !== "0")
        return count
      }),
    }
  })
