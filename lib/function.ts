import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy, Stage } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, type ICommandHooks } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from '../lambda/core/settings.ts';

export interface HoldbackFunctionProps {
  /** File in lambda/functions/ without its ending. */
  readonly handler: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly settings: Settings;
  /** What it reads there, and nothing else (lambda/aws/environment.ts). */
  readonly environment: Readonly<Record<string, string>>;
}

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Puts the checked settings into the bundle, as settings.json beside the code. */
function withSettings(scope: Construct, settings: Settings): ICommandHooks {
  const text = JSON.stringify(settings);
  const hash = createHash('sha256').update(text).digest('hex');
  // Into the output of the app, which is thrown away as a whole: one file for all functions.
  const file = resolve(Stage.of(scope)?.outdir ?? tmpdir(), `settings.${hash.slice(0, 12)}.json`);
  writeFileSync(file, text);
  const copy = (target: string): string =>
    `node -e "require('fs').copyFileSync(process.argv[1], process.argv[2])" "${file}" "${join(target, 'settings.json')}"`;
  return {
    beforeInstall: () => [],
    beforeBundling: () => [],
    afterBundling: (_inputDir, outputDir) => [copy(outputDir)],
  };
}

/** One Lambda function: its own role, its own log group, X-Ray, and nothing granted that it lacks a use for. */
export class HoldbackFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: HoldbackFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Holdback: ${props.description}`,
    });
    super(scope, id, {
      entry: fromRoot(`lambda/functions/${props.handler}.ts`),
      projectRoot: fromRoot('.'),
      depsLockFilePath: fromRoot('package-lock.json'),
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: props.timeout,
      tracing: Tracing.ACTIVE,
      role,
      logGroup,
      environment: {
        POWERTOOLS_SERVICE_NAME: 'holdback',
        NODE_OPTIONS: '--enable-source-maps',
        ...props.environment,
      },
      bundling: {
        format: OutputFormat.ESM,
        // Bundles also run on the development floor; newer targets are not smaller.
        target: 'node20',
        minify: true,
        // Names and lines for stack traces; the sources themselves would be most of the package.
        sourceMap: true,
        sourcesContent: false,
        mainFields: ['module', 'main'],
        bundleAwsSDK: true,
        externalModules: [],
        // The tracer's dependencies are CommonJS and ask for `require`.
        banner:
          "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
        commandHooks: withSettings(scope, props.settings),
      },
    });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
        resources: ['*'],
      }),
    );
  }
}
