/** The connectivity probe. Never encrypted. */
import type { Endpoint } from "./Endpoint.ts"

export const HelloWorld: Endpoint = {
  name: "HelloWorld",
  method: "GET",
  path: "/vdp/helloworld",
  mle: "never",
  scripted: false,
  prepare: () => ({
    facts: {},
    commit: (_answer, now) => ({
      status: 200,
      body: {
        timestamp: new Date(now).toISOString().slice(0, 19),
        message: "helloworld",
      },
      kind: "probe",
    }),
  }),
}
