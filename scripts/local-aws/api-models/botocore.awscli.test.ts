import { expect, it } from 'vitest';
import { describeWithCommand } from '../testing/describe-with-command.ts';
import { loadApiModel } from './api-model.ts';
import { extractModel, findBotocoreData, readServiceDocument } from './extract-model.ts';
import { servedOperations, type ServiceName } from './served-operations.ts';

describeWithCommand('aws', 'the committed API models', () => {
  it.each(Object.keys(servedOperations) as ServiceName[])('equal the installed botocore for %s', (service) => {
    const { botocore, operations } = servedOperations[service];
    const extracted = extractModel(readServiceDocument(findBotocoreData(), botocore), operations);
    expect(loadApiModel(service)).toEqual(JSON.parse(JSON.stringify(extracted)));
  });
});
