import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, createStates } from 'local-aws/parts';
import { loadAssembly } from 'local-aws';
import type { Chance } from 'local-aws/chance';
import type { Clock } from 'local-aws/clock';
import { parseSettings, type Firewall, type Pair } from '../../lambda/core/settings.ts';
import type { FirewallFacts, AwsView, SideView } from '../../lambda/core/observation.ts';
import { known, unknown, type Reading } from '../../lambda/core/reading.ts';
import { createAct } from '../../lambda/handlers/act.ts';
import { createLease } from '../../lambda/handlers/lease.ts';
import { createObserve } from '../../lambda/handlers/observe.ts';
import { createReact } from '../../lambda/handlers/react.ts';
import { createRecord } from '../../lambda/handlers/record.ts';
import { createRequestApproval } from '../../lambda/handlers/request-approval.ts';
import type { MaintenanceOrder, OrderResult } from '../../lambda/ports/firewalls.ts';
import type { Notice } from '../../lambda/ports/notices.ts';
import type { Machine } from '../site/machine.ts';
import type { Role } from '../site/options.ts';
import type { Site } from '../site/site.ts';
import { MemoryLedger } from './ledger.ts';
import type { Cloud, CloudKind } from './incident.ts';
import { Host, latchOf, LATCH, maintain, noteOf } from './programs.ts';

/** Holdback in this process: its handlers and its synthesized workflow, over ports that reach into the site. */

const HANDLERS = {
  lease: createLease,
  observe: createObserve,
  act: createAct,
  requestapproval: createRequestApproval,
  record: createRecord,
  react: createReact,
};
type HandlerName = keyof typeof HANDLERS;
type Ports = Parameters<typeof createAct>[0] & Parameters<typeof createReact>[0];

/** From SendCommand to the answer, beside what the script takes (docs/unverified.md has the measured ones). */
const SSM_MILLIS = [500, 2_500] as const;
const INSPECT_PATIENCE_MILLIS = 25_000;
/** AWS's view of a tunnel is so much older than the tunnel. */
const TELEMETRY_LAG_MILLIS = [10_000, 60_000] as const;

export interface Workflow {
  readonly machine: {
    readonly arn: string;
    readonly logicalId: string;
    readonly definition: unknown;
  };
  readonly assembly: ReturnType<typeof loadAssembly>;
  readonly pair: Pair;
}

/** What was synthesized: the state machine, and the settings inside its functions' bundles. */
export function workflowOf(folder: string): Workflow {
  const assembly = loadAssembly(folder);
  const [machine] = assembly.ofType('AWS::StepFunctions::StateMachine');
  const [anyFunction] = assembly.ofType('AWS::Lambda::Function');
  const bundle = anyFunction && assembly.bundleFolder(anyFunction);
  const text = bundle && readFileSync(join(bundle, 'settings.json'), 'utf8');
  const [pair] = text ? parseSettings(JSON.parse(text)).pairs : [];
  if (!machine || !pair) throw new Error('The stack has no workflow, or no pair.');
  const { arn, logicalId, properties } = machine;
  return {
    assembly,
    pair,
    machine: { arn, logicalId, definition: properties['DefinitionString'] },
  };
}

interface Surroundings {
  readonly site: Site;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly workflow: Workflow;
}

export interface Holdback extends Cloud {
  readonly ledger: MemoryLedger;
  readonly notices: readonly Notice[];
  /** An operation is under way. */
  readonly isBusy: boolean;
}

export function startHoldback({ site, clock, chance, workflow }: Surroundings): Holdback {
  const { pair, machine, assembly } = workflow;
  const ledger = new MemoryLedger();
  const notices: Notice[] = [];
  /** What of AWS has failed, and since when. */
  const failed = new Map<CloudKind, number>();
  const holdback: Holdback = {
    ledger,
    notices,
    fail(kind) {
      failed.set(kind, clock.now());
    },
    recover(kind) {
      failed.delete(kind);
    },
    get isBusy() {
      return ledger.isLeased;
    },
  };
  const sleep = (millis: number, what: string): Promise<void> => clock.sleep(millis, what);
  const between = ([low, high]: readonly [number, number], ...what: (string | number)[]): number =>
    Math.round(chance.between(low, high, ...what, clock.now()));

  const history: { readonly at: number; readonly view: Readonly<Record<Role, AwsView>> }[] = [];
  const roleOf = (firewall: Firewall): Role =>
    firewall.name === pair.preferred.name ? 'preferred' : 'standby';
  const seenAt = (): number => failed.get('telemetry-frozen') ?? clock.now();
  const sample = (): void => {
    const [preferred, standby] = site.connections().map((connection): AwsView => ({
      tunnels: connection.tunnels.map((tunnel) => ({
        vpnConnectionId: connection.vpnConnectionId,
        outsideIpAddress: tunnel.outsideIpAddress,
        staticRoutesOnly: connection.staticRoutesOnly,
        up: tunnel.up,
        lastStatusChange: tunnel.lastStatusChange,
        acceptedRouteCount: tunnel.acceptedRouteCount,
        replacement: known(tunnel.replacementPending),
      })),
    }));
    if (preferred && standby) history.push({ at: clock.now(), view: { preferred, standby } });
    while (history[1] && history[1].at < seenAt() - TELEMETRY_LAG_MILLIS[1]) history.shift();
  };
  sample();
  // The truth tells of each change; between two of them AWS has nothing new to know.
  site.onChange(sample);

  const awsViewOf = (role: Role): Reading<AwsView> => {
    if (failed.has('cloud-down'))
      return unknown('DescribeVpnConnections: TimeoutError: no answer in time');
    const lag = chance.between(
      ...TELEMETRY_LAG_MILLIS,
      'lag',
      role,
      Math.floor(clock.now() / 30_000),
    );
    const then = history.findLast(({ at }) => at <= seenAt() - lag) ?? history[0];
    return then ? known(then.view[role]) : unknown('no sample');
  };

  const nodeOf = (role: Role) => site.firewall(role);
  const hostOf = (role: Role): Host => {
    const { machine: computer } = nodeOf(role);
    return new Host(computer.files, computer.root, computer.command({}));
  };

  async function inspect(firewall: Firewall): Promise<Reading<FirewallFacts>> {
    const role = roleOf(firewall);
    const node = nodeOf(role);
    const silent = unknown('the command was not delivered: its agent is not connected');
    if (failed.has('cloud-down') || !node.online()) {
      await sleep(INSPECT_PATIENCE_MILLIS, `${role} inspect in vain`);
      return silent;
    }
    await sleep(between(SSM_MILLIS, 'inspect', role), `${role} inspect`);
    const { machine: computer } = node;
    const { system } = computer;
    const dead = computer.tunnels.filter((tunnel) => !tunnel.passes).length;
    await sleep(1_500 + 1_400 * dead, `${role} pings`);
    if (!system || computer.system !== system || !node.online()) return silent;
    return known(factsOf(computer, hostOf(role), firewall, clock.now()));
  }

  async function order(firewall: Firewall, wanted: MaintenanceOrder): Promise<OrderResult> {
    const role = roleOf(firewall);
    const node = nodeOf(role);
    const lost: OrderResult = { result: 'unknown', reason: 'the command was not delivered' };
    if (failed.has('cloud-down') || failed.has('orders-lost') || !node.online()) {
      await sleep(30_000, `${role} order in vain`);
      return lost;
    }
    await sleep(between(SSM_MILLIS, 'order', role), `${role} order`);
    const { system } = node.machine;
    if (!system) return lost;
    const answer = await Promise.race([
      maintain(hostOf(role), {
        intent: wanted.intent,
        operation: wanted.operation,
        fence: wanted.fence,
        notAfterSeconds: Math.floor(wanted.notAfter / 1000),
      }),
      sleep(200_000, `${role} order patience`).then(() => lost),
    ]);
    return failed.has('answers-lost') ? lost : answer;
  }

  const states = createStates({
    machines: [machine],
    clock,
    chance,
    tasks: {
      invokeLambda: async (functionArn, payload) => {
        const id =
          assembly.find(functionArn, 'AWS::Lambda::Function')?.logicalId.toLowerCase() ?? '';
        const name = (Object.keys(HANDLERS) as HandlerName[]).find((one) =>
          id.startsWith(`holdback${one}`),
        );
        try {
          if (failed.has('cloud-down')) throw new Error('the Region is down');
          return { payload: ((await invoke(name ?? 'react', payload)) ?? null) as never };
        } catch (error) {
          const { name: errorType, message } = error as Error;
          return { failure: { errorType, errorMessage: message } };
        }
      },
      // What the workflow itself publishes goes to nobody: fewer are told than in a deployment.
      callService: () => Promise.resolve({ FailedEntryCount: 0, Entries: [{}] }),
    },
  });
  const call = (operation: string, input: unknown): unknown =>
    (states.operations[operation] as unknown as (input: unknown, caller: unknown) => unknown)(
      input,
      {
        principal: 'React',
      },
    );

  const ports: Ports = {
    pairs: [pair],
    clock: { now: () => clock.now(), sleep: (millis) => sleep(millis, 'a function waits') },
    ledger,
    observer: {
      async observe() {
        const side = async (firewall: Firewall): Promise<SideView> => ({
          aws: awsViewOf(roleOf(firewall)),
          firewall: await inspect(firewall),
        });
        const [preferred, standby] = await Promise.all([side(pair.preferred), side(pair.standby)]);
        return { at: clock.now(), preferred, standby, alarms: null };
      },
      alarms: () =>
        Promise.resolve(failed.has('cloud-down') ? unknown('no answer in time') : known([])),
    },
    firewalls: {
      inspect,
      maintain: order,
      restartIpsec: () => Promise.resolve({ result: 'refused', reason: 'not played here' }),
    },
    notices: {
      publish: (notice) => {
        if (failed.has('cloud-down')) return Promise.reject(new Error('SNS: no answer in time'));
        notices.push(notice);
        return Promise.resolve();
      },
    },
    workflow: {
      start: (name, input) => {
        try {
          call('StartExecution', {
            stateMachineArn: machine.arn,
            name,
            input: JSON.stringify(input),
          });
          return Promise.resolve('started');
        } catch (error) {
          if (error instanceof AwsError && error.code === 'ExecutionAlreadyExists') {
            return Promise.resolve('under-way');
          }
          throw error;
        }
      },
      withdrawApprovalRequest: (taskToken) => {
        call('SendTaskSuccess', { taskToken, output: JSON.stringify({ withdrawn: true }) });
        return Promise.resolve();
      },
    },
  };
  const handlers = Object.fromEntries(
    Object.entries(HANDLERS).map(([name, create]) => [name, create(ports)]),
  ) as unknown as Record<HandlerName, (event: unknown, context: unknown) => Promise<unknown>>;
  let requests = 0;
  const invoke = (name: HandlerName, event: unknown): Promise<unknown> =>
    handlers[name](event, {
      // No remaining time: middy would wait for its end by the clock of the wall.
      awsRequestId: `request-${(requests += 1)}`,
      functionName: name,
    });

  clock.every(60_000, 'schedule', () => {
    if (failed.has('cloud-down')) return undefined;
    const event = { source: 'holdback.reconcile', pair: pair.name };
    const times = failed.has('events-twice') ? 2 : 1;
    const answers = Array.from({ length: times }, () => invoke('react', event));
    return Promise.allSettled(answers);
  });
  return holdback;
}

function factsOf(computer: Machine, host: Host, firewall: Firewall, now: number): FirewallFacts {
  const { system } = computer;
  if (!system) throw new Error('A machine without a system says nothing.');
  const latch = latchOf(host);
  const note = /^(holdback|operator) (\S+) \d+ \d+ (intended|entered)$/.exec(noteOf(host));
  const armed = /^(\d+) (.+)$/.exec(latch.last);
  const tunnelOf = (connection: string) =>
    computer.tunnels.find(({ options }) => options.connection === connection);
  const tunnels = firewall.vpnConnections.flatMap((connection) => connection.tunnels);
  return {
    clockAhead: known(computer.wallClock() - now),
    upSeconds: known(Math.floor((now - system.bootedAt) / 1000)),
    carp: known({
      maintenance: host.isFlagged(),
      demotion: system.carp.demotion,
      restingDemotion: 0,
      allow: system.carp.allow,
      preempt: system.carp.preempt,
    }),
    addresses: known(
      system.carp.vhids.map((vhid) => ({
        interface: vhid.interfaceName,
        vhid: vhid.vhid,
        state: vhid.state,
      })),
    ),
    ipsec: known(
      new Map(
        tunnels.flatMap(({ ipsecConnection }) => {
          const association = tunnelOf(ipsecConnection)?.association;
          return association
            ? [
                [
                  ipsecConnection,
                  {
                    ike: association.state,
                    children: association.state === 'ESTABLISHED' ? ['INSTALLED'] : [],
                  },
                ] as const,
              ]
            : [];
        }),
      ),
    ),
    traffic: unknown('not read here'),
    loadedConnections: known(
      system.charon ? tunnels.map(({ ipsecConnection }) => ipsecConnection) : [],
    ),
    gateways: known(
      new Map(
        computer.gateways.map((gateway) => {
          const { name, ...state } = gateway.status() as unknown as {
            name: string;
            status: string;
            loss: string;
            delay: string;
            monitor: string;
          };
          return [name, state];
        }),
      ),
    ),
    pings: known(
      new Map(
        computer.tunnels.map(({ options, passes }) => [
          options.insideAddress,
          { sent: 3, received: passes ? 3 : 0 },
        ]),
      ),
    ),
    vpcRoute: known('not-asked'),
    stateSync: known(
      system.pfsync === 'bulk' ? 'running' : system.pfsync === 'ready' ? 'done' : 'not-in-use',
    ),
    latch: host.has(LATCH)
      ? known({
          installed: true,
          armed: latch.armed,
          lastArmed: armed
            ? {
                secondsAgo: Math.floor(computer.wallClock() / 1000) - Number(armed[1]),
                why: armed[2] ?? '',
              }
            : null,
        })
      : known({ installed: false }),
    holdNote: known(
      host.isFlagged() && note
        ? { holder: note[1] as 'holdback', operation: note[2] ?? '', state: note[3] as 'entered' }
        : null,
    ),
    localRelease: known(null),
  };
}
