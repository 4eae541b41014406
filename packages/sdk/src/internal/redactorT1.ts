import { defaultRedactor as r } from "./redactor.ts"
const bench = (name: string, f: () => unknown, n = 300000) => {
  for (let i = 0; i < n / 3; i++) f()
  const t = performance.now()
  for (let i = 0; i < n; i++) f()
  console.log(name.padEnd(40), ((performance.now() - t) / n * 1e6).toFixed(0), "ns")
}
const flat = { operation: "FundsTransfer.push", status: 200, durationMillis: 124, correlationId: "01ARYZ6S410000000000000000", attempt: 1 }
for (let i = 0; i < 5; i++) bench("redact flat clean", () => r.redact(flat))
