import { assert, describe, it } from "@effect/vitest"
import { Redactor } from "../src/Redactor.ts"
import { cardSamples, logLines, survives } from "./support/redactorCorpus.ts"

const { scan, text } = Redactor.default

describe("on a corpus that knows nothing of the detectors", () => {
  it("at least 99 of 100 card numbers of every network, script, separator and embedding are hidden", () => {
    const samples = cardSamples(20_260_314, 4_000)
    assert.isTrue(samples.every((sample) => survives(sample.pan, sample.text)))
    const missed = samples.filter((sample) => survives(sample.pan, text(sample.text)))
    assert.isAtMost(
      missed.length,
      samples.length / 100,
      missed
        .slice(0, 20)
        .map((sample) => `${sample.network} ${sample.length}: ${sample.text}`)
        .join("\n"),
    )
  })

  it("at most 5 of 32,000 ordinary log lines raise a false alarm", () => {
    const lines = logLines(20_260_314, 16_000)
    const alarms = lines.filter((line) => scan(line).length > 0)
    assert.isAtMost(alarms.length, 2, alarms.slice(0, 10).join("\n"))
  })
})
