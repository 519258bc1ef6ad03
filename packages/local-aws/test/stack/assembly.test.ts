import { describe, expect, it } from '@jest/globals';
import { loadAssembly } from '../../src/stack/assembly.ts';
import { AssemblyError } from '../../src/stack/intrinsics.ts';
import { assemblyOf, probe } from '../../src/testing/assembly.ts';

/** What `expression` becomes in a property of some resource beside a few typical ones. */
function resolved(expression: unknown): unknown {
  const assembly = assemblyOf({
    Fn: probe(),
    NamedFn: probe({ FunctionName: 'shop' }),
    Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: {} },
    Topic: { Type: 'AWS::SNS::Topic' },
    Orders: { Type: 'AWS::DynamoDB::GlobalTable' },
    DeadLetters: { Type: 'AWS::SQS::Queue' },
    Rule: { Type: 'AWS::Events::Rule' },
    Logs: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: { 'Fn::Join': ['/', ['', 'aws', { Ref: 'NamedFn' }]] } },
    },
    Document: { Type: 'AWS::SSM::Document', Properties: { Name: 'shop-inspect' } },
    Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: 'main down' } },
    Subject: { Type: 'AWS::KMS::Key', Properties: { Value: expression } },
  });
  return assembly.get('Subject').properties['Value'];
}

const REGIONAL = 'eu-central-1:111122223333';

describe('a cloud assembly', () => {
  it.each([
    ['Fn', 'Fn', `arn:aws:lambda:${REGIONAL}:function:Fn`],
    ['NamedFn', 'shop', `arn:aws:lambda:${REGIONAL}:function:shop`],
    [
      'Machine',
      `arn:aws:states:${REGIONAL}:stateMachine:Machine`,
      `arn:aws:states:${REGIONAL}:stateMachine:Machine`,
    ],
    ['Topic', `arn:aws:sns:${REGIONAL}:Topic`, undefined],
    ['Orders', 'Orders', `arn:aws:dynamodb:${REGIONAL}:table/Orders`],
    [
      'DeadLetters',
      'https://sqs.eu-central-1.amazonaws.com/111122223333/DeadLetters',
      `arn:aws:sqs:${REGIONAL}:DeadLetters`,
    ],
    ['Rule', 'Rule', `arn:aws:events:${REGIONAL}:rule/Rule`],
    ['Logs', '/aws/shop', `arn:aws:logs:${REGIONAL}:log-group:/aws/shop:*`],
    ['Document', 'shop-inspect', `arn:aws:ssm:${REGIONAL}:document/shop-inspect`],
    ['Alarm', 'main down', `arn:aws:cloudwatch:${REGIONAL}:alarm:main down`],
  ])('gives %s the Ref %s and the ARN %s', (logicalId, ref, arn) => {
    expect(resolved({ Ref: logicalId })).toBe(ref);
    if (arn !== undefined) expect(resolved({ 'Fn::GetAtt': [logicalId, 'Arn'] })).toBe(arn);
  });

  it.each<[unknown, unknown]>([
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 3]] }, 'a-eu-central-1-3'],
    [
      { 'Fn::Sub': '${AWS::Partition}/${Fn.Arn}/${!kept}' },
      `aws/arn:aws:lambda:${REGIONAL}:function:Fn/\${kept}`,
    ],
    [{ 'Fn::Sub': '${AWS::AccountId}@${Orders}' }, '111122223333@Orders'],
    [
      ['a', { 'Fn::GetAtt': ['Topic', 'TopicName'] }, { c: [1, null, true] }],
      ['a', 'Topic', { c: [1, null, true] }],
    ],
  ])('resolves %j to %j', (expression, value) => {
    expect(resolved(expression)).toEqual(value);
  });

  it.each<[string, unknown]>([
    ['an unknown intrinsic', { 'Fn::FindInMap': ['a', 'b', 'c'] }],
    ['a conditional value', { 'Fn::If': ['a', 'b', 'c'] }],
    ['text where a list belongs', { 'Fn::Join': ['', 'ab'] }],
    ['an object where text belongs', { 'Fn::Join': ['', [{ a: 1 }]] }],
    ['part of a list', { 'Fn::Select': [0, ['a']] }],
    ['a text cut into a list', { 'Fn::Split': [':', 'a:b'] }],
    ['variables of its own', { 'Fn::Sub': ['${a}', { a: 'b' }] }],
  ])('refuses %s and names the resource', (_, expression) => {
    const attempt = (): unknown => resolved({ deep: [expression] });
    expect(attempt).toThrow(AssemblyError);
    expect(attempt).toThrow(/^Subject: /);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'an attribute it does not model',
      { 'Fn::GetAtt': ['Orders', 'StreamArn'] },
      /^Orders: .*StreamArn/,
    ],
    ['a reference to nothing', { Ref: 'Nobody' }, /^Nobody: /],
    ['a value that removes its property', { Ref: 'AWS::NoValue' }, /^AWS::NoValue: /],
    ['a parameter', { Ref: 'AWS::StackName' }, /^AWS::StackName: /],
  ])('refuses %s', (_, expression, message) => {
    expect(() => resolved(expression)).toThrow(message);
  });

  it.each([
    'AWS::CloudWatch::CompositeAlarm',
    'AWS::Events::EventBus',
    'AWS::IAM::ManagedPolicy',
    'AWS::S3::Bucket',
  ])('refuses a resource of type %s, which nobody here would serve', (Type) => {
    expect(() => assemblyOf({ Other: { Type } })).toThrow(
      `Other: resources of type ${Type} are not emulated.`,
    );
  });

  it('refuses a resource under a condition, but not the marker for usage statistics', () => {
    const marker = {
      Type: 'AWS::CDK::Metadata',
      Condition: 'Known',
      Properties: { A: { 'Fn::If': [] } },
    };
    expect(assemblyOf({ CDKMetadata: marker }).resources).toEqual([]);
    expect(() => assemblyOf({ T: { Type: 'AWS::SNS::Topic', Condition: 'Known' } })).toThrow(
      /^T: /,
    );
  });

  it('refuses a name that refers to itself', () => {
    const cyclic = { Type: 'AWS::SNS::Topic', Properties: { TopicName: { Ref: 'T' } } };
    expect(() => assemblyOf({ T: cyclic })).toThrow(/^T: its name refers to itself/);
  });

  it.each([
    'Fn',
    `arn:aws:lambda:${REGIONAL}:function:Fn`,
    `arn:aws:lambda:${REGIONAL}:function:Fn:7`,
  ])('finds a function by %s and nothing else', (reference) => {
    const assembly = assemblyOf({ Fn: probe(), Fn2: probe() });
    expect(assembly.find(reference, 'AWS::Lambda::Function')?.logicalId).toBe('Fn');
    expect(assembly.find(reference, 'AWS::SNS::Topic')).toBeUndefined();
  });

  it('finds the bundle of a function through the asset manifest', () => {
    const assembly = assemblyOf({
      Fn: probe(),
      Lost: probe({ Code: { S3Key: 'beef.zip' } }),
      Inline: probe({ Code: { ZipFile: '' } }),
    });
    expect(assembly.bundleFolder(assembly.get('Fn'))).toMatch(/testing\/probe$/);
    expect(() => assembly.bundleFolder(assembly.get('Lost'))).toThrow(/^Lost: .*beef/);
    expect(() => assembly.bundleFolder(assembly.get('Inline'))).toThrow(/^Inline: /);
  });

  it('says what to do when a folder holds no template', () => {
    expect(() => loadAssembly('/nowhere')).toThrow(/found none. Run cdk synth/);
  });
});
