import {
  JsonShapeDeserializer2,
  JsonShapeSerializer2,
  XmlShapeSerializer,
} from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { AwsError } from '../service.ts';
import { errorModel } from './models.ts';
import type { OperationModel, ProtocolName, ServiceModel } from './models.ts';
import { readQueryInput } from './query.ts';

/** How the requests and answers of a service look on the wire. */
export interface Protocol {
  readonly contentType: string;
  /** Throws SyntaxError for a body that cannot be parsed. */
  readInput(operation: OperationModel, body: string): unknown;
  writeOutput(operation: OperationModel, output: unknown): string | Uint8Array;
  /** `model` is undefined if the request named no known service. */
  writeError(model: ServiceModel | undefined, error: AwsError): string;
  /** What this protocol's services answer when a required member is missing. */
  readonly missingMemberCode: string;
  /** What they answer when there is no such operation. */
  readonly unknownOperationCode: string;
}

/** Smithy's codes for timestamp formats (@smithy/types, schema/sentinels). */
const TIMESTAMP_DATE_TIME = 5;
const TIMESTAMP_EPOCH_SECONDS = 7;

const jsonSettings = {
  timestampFormat: { useTrait: true, default: TIMESTAMP_EPOCH_SECONDS },
  jsonName: false,
} as const;
const jsonReader = new JsonShapeDeserializer2(jsonSettings);
type JsonValue = Parameters<typeof jsonReader.readObject>[1];
const jsonWriter = new JsonShapeSerializer2(jsonSettings);

const xmlWriter = new XmlShapeSerializer({
  xmlNamespace: '',
  serviceNamespace: '',
  timestampFormat: { useTrait: true, default: TIMESTAMP_DATE_TIME },
});

/** The four protocols that the emulated services speak. */
export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  awsJson1_0: json('1.0'),
  awsJson1_1: json('1.1'),
  ec2Query: query('ec2Query'),
  awsQuery: query('awsQuery'),
};

function json(version: string): Protocol {
  return {
    contentType: `application/x-amz-json-${version}`,
    missingMemberCode: 'ValidationException',
    unknownOperationCode: 'UnknownOperationException',
    readInput: (operation, body) =>
      jsonReader.readObject(
        operation.input,
        body === '' ? {} : (JSON.parse(body) as JsonValue),
      ) as unknown,
    writeOutput: (operation, output) => writeJson(operation.output, output),
    writeError: (model, error) => {
      const shape = model && errorModel(model, error.code);
      const members = shape
        ? (JSON.parse(writeJson(shape, error.members).toString()) as object)
        : {};
      return JSON.stringify({ __type: error.code, message: error.message, ...members });
    },
  };
}

function writeJson(schema: NormalizedSchema, value: unknown): Buffer {
  if (schema.isUnitSchema()) return Buffer.from('{}');
  jsonWriter.write(schema, value ?? {});
  const { buffer, byteOffset, byteLength } = jsonWriter.flush();
  return Buffer.from(buffer, byteOffset, byteLength);
}

function query(dialect: 'ec2Query' | 'awsQuery'): Protocol {
  const isEc2 = dialect === 'ec2Query';
  return {
    contentType: 'text/xml;charset=UTF-8',
    missingMemberCode: isEc2 ? 'MissingParameter' : 'ValidationError',
    unknownOperationCode: 'InvalidAction',
    readInput: (operation, body) =>
      readQueryInput(operation.input, new URLSearchParams(body), dialect),
    writeOutput: ({ name, output: schema }, output) => {
      const members = xmlMembers(schema, output);
      const result = isEc2 ? members : `<${name}Result>${members}</${name}Result>`;
      return `<${name}Response>${result}</${name}Response>`;
    },
    writeError: (_model, error) => {
      const body = `<Error><Code>${xmlText(error.code)}</Code><Message>${xmlText(error.message)}</Message></Error>`;
      return isEc2
        ? `<Response><Errors>${body}</Errors></Response>`
        : `<ErrorResponse>${body}</ErrorResponse>`;
    },
  };
}

/** The serialized members without the element around them, whose name the protocol decides. */
function xmlMembers(schema: NormalizedSchema, value: unknown): string {
  if (schema.isUnitSchema()) return '';
  xmlWriter.write(schema, value ?? {});
  return String(xmlWriter.flush()).replace(/^<[^>]*>|<\/[^>]*>$/g, '');
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
