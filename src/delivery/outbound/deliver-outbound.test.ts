import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeZone, fakeResolver } from "../../adapters/memory/fake-resolver.ts";
import { manualTime } from "../../adapters/memory/manual-time.ts";
import { type ScriptedPeer, scriptedDialer, scriptedPeer } from "../../adapters/memory/scripted-peer.ts";
import { type Domain, parseDomain } from "../../core/domain.ts";
import type { MessageId, QueueId } from "../../core/ids.ts";
import { instant } from "../../core/instant.ts";
import type { ClaimedMessage } from "../../ports/queue-store.ts";
import type { Route } from "../../ports/route-store.ts";
import { outboundDelivery } from "./deliver-outbound.ts";

const ZONE: FakeZone = {
  "peer.test": {
    mx: [
      [10, "mx1.peer.test"],
      [20, "mx2.peer.test"],
    ],
  },
  "mx1.peer.test": { addresses: ["192.0.2.1"] },
  "mx2.peer.test": { addresses: ["192.0.2.2"] },
  "relay.test": { addresses: ["192.0.2.9"] },
  "broken.test": "servfail",
  "broken-mx.test": { mx: [[10, "broken.test"]] },
  "no-address.test": { mx: [[10, "nowhere.test"]] },
};
const HELLO = ["S: 220 peer ESMTP", "C: EHLO mx.postern.test", "S: 250-peer", "S: 250 PIPELINING"];
const GOODBYE = "C: QUIT";
const REFUSES = ["S: 554 5.7.1 no", GOODBYE];
const MAIL = "C: MAIL FROM:<alice@example.test>";

/** One message as a pipelining peer hears it and takes it. */
const takes = (...recipients: string[]): string[] => [
  MAIL,
  ...recipients.map((recipient) => `C: RCPT TO:<${recipient}>`),
  "C: DATA",
  ...["S: 250 ok", ...recipients.map(() => "S: 250 ok"), "S: 354 go on"],
  ...["C: Subject: hi", "C: ", "C: .", "S: 250 ok"],
];

interface World {
  network: Record<string, readonly string[][]>;
  routes?: Route[];
  brokenRoutes?: boolean;
}

function world({ network, routes = [], brokenRoutes = false }: World) {
  const peers: ScriptedPeer[] = [];
  const dialer = scriptedDialer(
    Object.fromEntries(
      Object.entries(network).map(([place, scripts]) => {
        const own = scripts.map((script) => scriptedPeer(script));
        peers.push(...own);
        return [place, own];
      }),
    ),
  );
  const time = manualTime();
  const silent = () => {};
  const delivery = outboundDelivery({
    hostname: parseDomain("mx.postern.test") as Domain,
    routes: {
      list: async () => {
        if (brokenRoutes) throw new Error("/srv/secret: no database");
        return routes;
      },
    },
    resolver: fakeResolver(ZONE),
    dialer,
    bodies: {
      read: async function* () {
        yield Buffer.from("Subject: hi\r\n\r\n");
      },
    },
    timers: time.timers,
    random: () => 0.5,
    nonce: () => "nonce",
    maxPerHost: 20,
    log: { info: silent, warn: silent, error: silent },
  });
  const assertPlayed = () =>
    assert.deepEqual(
      peers.map((peer) => peer.rest()).filter((rest) => rest.length),
      [],
    );
  return { ...delivery, time, dialled: dialer.dialled, assertPlayed };
}

function message(...recipients: string[]): ClaimedMessage {
  return {
    envelope: {
      id: 7 as MessageId,
      acceptedAt: instant(0),
      expiresAt: instant(1e9),
      sender: "alice@example.test",
      size: 15,
      smtpUtf8: false,
      eightBit: false,
      origin: { client: "192.0.2.77", listener: "mx" },
    },
    body: { kind: "file", name: "body" },
    rows: recipients.map((target, i) => ({
      id: (i + 1) as QueueId,
      lane: "outbound",
      recipient: target,
      target,
      destination: target.slice(target.indexOf("@") + 1),
      attempts: 0,
      delayWarned: false,
    })) as unknown as ClaimedMessage["rows"],
  };
}
async function outcomes(deliver: ReturnType<typeof world>["deliver"], ...recipients: string[]) {
  const ended = await deliver(message(...recipients));
  return ended.toSorted((a, b) => a.row - b.row).map(({ outcome }) => `${outcome.kind} ${outcome.status}`);
}

test("mail goes to the best host that answers", async () => {
  const table: [network: World["network"], dialled: string[], outcome: string][] = [
    [{ "192.0.2.1:25": [[...HELLO, ...takes("bob@peer.test")]] }, ["192.0.2.1:25"], "delivered 2.0.0"],
    [
      { "192.0.2.2:25": [[...HELLO, ...takes("bob@peer.test")]] },
      ["192.0.2.1:25", "192.0.2.2:25"],
      "delivered 2.0.0",
    ],
    [
      { "192.0.2.1:25": [REFUSES], "192.0.2.2:25": [[...HELLO, ...takes("bob@peer.test")]] },
      ["192.0.2.1:25", "192.0.2.2:25"],
      "delivered 2.0.0",
    ],
    [{}, ["192.0.2.1:25", "192.0.2.2:25"], "deferred 4.4.1"],
    [
      { "192.0.2.1:25": [REFUSES], "192.0.2.2:25": [REFUSES] },
      ["192.0.2.1:25", "192.0.2.2:25"],
      "failed 5.7.1",
    ],
    [{ "192.0.2.1:25": [REFUSES] }, ["192.0.2.1:25", "192.0.2.2:25"], "deferred 4.4.1"],
  ];
  for (const [network, dialled, outcome] of table) {
    const { deliver, dialled: seen, assertPlayed } = world({ network });
    assert.deepEqual(await outcomes(deliver, "bob@peer.test"), [outcome]);
    assert.deepEqual(seen, dialled);
    assertPlayed();
  }
});

test("a host that goes away before the message hands over to the next what it has not refused", async () => {
  const lost = [MAIL, "C: RCPT TO:<no@peer.test>", "C: RCPT TO:<bob@peer.test>", "C: DATA"];
  const { deliver, assertPlayed } = world({
    network: {
      "192.0.2.1:25": [[...HELLO, ...lost, "S: 250 ok", "S: 550 5.1.1 who?", "S: *close*"]],
      "192.0.2.2:25": [[...HELLO, ...takes("bob@peer.test")]],
    },
  });
  assert.deepEqual(await outcomes(deliver, "no@peer.test", "bob@peer.test"), [
    "failed 5.1.1",
    "delivered 2.0.0",
  ]);
  assertPlayed();
});

test("after the message nobody else gets it, whatever became of the reply", async () => {
  const script = [...HELLO, ...takes("bob@peer.test").slice(0, -1), "S: *close*"];
  const { deliver, dialled } = world({ network: { "192.0.2.1:25": [script] } });
  assert.deepEqual(await outcomes(deliver, "bob@peer.test"), ["deferred 4.4.2"]);
  assert.deepEqual(dialled, ["192.0.2.1:25"]);
});

test("when all hosts have failed, the last words of a peer are what is kept, and nobody is dialled twice", async () => {
  const { deliver, dialled } = world({
    network: {
      "192.0.2.2:25": [[...HELLO, ...takes("bob@peer.test").slice(0, 3), "S: 421 4.3.2 going down"]],
    },
  });
  assert.deepEqual(await outcomes(deliver, "bob@peer.test"), ["deferred 4.3.2"]);
  assert.deepEqual(dialled, ["192.0.2.1:25", "192.0.2.2:25"]);
});

test("what the DNS says decides where there is no host", async () => {
  const { deliver } = world({ network: {} });
  const table = [
    ["bob@nowhere.test", "failed 5.1.2"],
    ["bob@broken.test", "deferred 4.4.3"],
    ["bob@broken-mx.test", "deferred 4.4.3"],
    ["bob@no-address.test", "failed 5.4.4"],
    ["bob@[not-an-ip]", "failed 5.1.2"],
    ["bob@-bad-.test", "failed 5.1.2"],
  ] as const;
  for (const [recipient, outcome] of table) assert.deepEqual(await outcomes(deliver, recipient), [outcome]);
});

test("an address literal is its own host", async () => {
  const { deliver, assertPlayed } = world({
    network: {
      "192.0.2.5:25": [[...HELLO, ...takes("bob@[192.0.2.5]")]],
      "2001:db8::5:25": [[...HELLO, ...takes("bob@[ipv6:2001:db8::5]")]],
    },
  });
  assert.deepEqual(await outcomes(deliver, "bob@[192.0.2.5]"), ["delivered 2.0.0"]);
  assert.deepEqual(await outcomes(deliver, "bob@[ipv6:2001:db8::5]"), ["delivered 2.0.0"]);
  assertPlayed();
});

test("recipients of several domains behind one smart host share a transaction, at most 100 at a time", async () => {
  const route: Route = { to: "*", host: "relay.test", port: 587, tls: "none" };
  const recipients = Array.from({ length: 150 }, (_, i) => `r${i}@${i % 2 ? "a" : "b"}.test`);
  const grouped = [
    ...recipients.filter((r) => r.endsWith("b.test")),
    ...recipients.filter((r) => r.endsWith("a.test")),
  ];
  const { deliver, assertPlayed } = world({
    routes: [route],
    network: {
      "192.0.2.9:587": [
        [...HELLO, ...takes(...grouped.slice(100))],
        [...HELLO, ...takes(...grouped.slice(0, 100))],
      ],
    },
  });
  assert.deepEqual(new Set(await outcomes(deliver, ...recipients)), new Set(["delivered 2.0.0"]));
  assertPlayed();
});

test("a smart host's own trouble never bounces mail", async () => {
  const to = (host: string): Route => ({ to: "*", host, port: 25, tls: "require" });
  const table: [host: string, network: World["network"], outcome: string][] = [
    ["nowhere.test", {}, "deferred 4.4.4"],
    ["192.0.2.9", { "192.0.2.9:25": [[...HELLO, GOODBYE]] }, "deferred 4.7.10"],
    ["[2001:db8::9]", {}, "deferred 4.4.1"],
  ];
  for (const [host, network, outcome] of table) {
    const { deliver, assertPlayed } = world({ network, routes: [to(host)] });
    assert.deepEqual(await outcomes(deliver, "bob@peer.test"), [outcome], host);
    assertPlayed();
  }
});

test("a password is shown in the clear only by a route that says never to use TLS", async () => {
  const offer = ["S: 220 peer ESMTP", "C: EHLO mx.postern.test", "S: 250-peer", "S: 250 AUTH PLAIN"];
  const login = { user: "postern", password: "secret" };
  const shown = `C: AUTH PLAIN ${Buffer.from("\0postern\0secret").toString("base64")}`;
  for (const [tls, next] of [
    ["may", GOODBYE],
    ["none", shown],
  ] as const) {
    const { deliver, assertPlayed } = world({
      routes: [{ to: "*", host: "relay.test", port: 587, tls, login }],
      network: {
        "192.0.2.9:587": [[...offer, next, ...(next === shown ? ["S: 535 5.7.8 no", GOODBYE] : [])]],
      },
    });
    assert.deepEqual(await outcomes(deliver, "bob@peer.test"), ["deferred 4.7.8"]);
    assertPlayed();
  }
});

test("a host whose TLS is broken is spoken to in the clear on a new connection", async () => {
  const offered = [
    ...HELLO.slice(0, -1),
    "S: 250 STARTTLS",
    "C: STARTTLS",
    "S: 220 go",
    "TLS: certificate expired",
  ];
  const { deliver, dialled, assertPlayed } = world({
    network: { "192.0.2.1:25": [offered, [...HELLO, ...takes("bob@peer.test")]] },
  });
  assert.deepEqual(await outcomes(deliver, "bob@peer.test"), ["delivered 2.0.0"]);
  assert.deepEqual(dialled, ["192.0.2.1:25", "192.0.2.1:25"]);
  assertPlayed();
});

test("a session is kept for the next message and closed when nothing comes", async () => {
  const { deliver, dialled, time, assertPlayed } = world({
    network: {
      "192.0.2.1:25": [[...HELLO, ...takes("bob@peer.test"), ...takes("carol@peer.test"), GOODBYE]],
    },
  });
  assert.deepEqual(await outcomes(deliver, "bob@peer.test"), ["delivered 2.0.0"]);
  assert.deepEqual(await outcomes(deliver, "carol@peer.test"), ["delivered 2.0.0"]);
  assert.deepEqual(dialled, ["192.0.2.1:25"]);
  time.advance(5000);
  assertPlayed();
});

test("a kept session that the peer gave up meanwhile costs nothing: the same host is dialled again", async () => {
  const timedOut = [MAIL, "C: RCPT TO:<carol@peer.test>", "C: DATA", "S: 421 4.4.2 timed out"];
  const { deliver, dialled, assertPlayed } = world({
    network: {
      "192.0.2.1:25": [
        [...HELLO, ...takes("bob@peer.test"), ...timedOut],
        [...HELLO, ...takes("carol@peer.test")],
      ],
    },
  });
  await deliver(message("bob@peer.test"));
  assert.deepEqual(await outcomes(deliver, "carol@peer.test"), ["delivered 2.0.0"]);
  assert.deepEqual(dialled, ["192.0.2.1:25", "192.0.2.1:25"]);
  assertPlayed();
});

test("a route store that does not answer defers, and the sender learns nothing of the inside", async () => {
  const { deliver } = world({ network: {}, brokenRoutes: true });
  const [ended] = await deliver(message("bob@peer.test"));
  assert.equal(ended?.outcome.status, "4.3.0");
  assert.doesNotMatch(ended?.outcome.diagnostic ?? "", /secret|database/);
});
