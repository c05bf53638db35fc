import { loadApiModel } from './api-models/api-model.ts';
import type { ServiceName } from './api-models/served-operations.ts';
import type { Operations as AutoscalingOperations } from './api-models/application-autoscaling.types.ts';
import type { Operations as CloudWatchOperations } from './api-models/cloudwatch.types.ts';
import type { Operations as EcrOperations } from './api-models/ecr.types.ts';
import type { Operations as RuntimeOperations } from './api-models/sagemaker-runtime.types.ts';
import type { Operations as SageMakerOperations } from './api-models/sagemaker.types.ts';
import type { Operations as StsOperations } from './api-models/sts.types.ts';
import type { Handlers, Service } from './core/service.ts';

/** The handlers of every emulated service. */
export interface ServiceHandlers {
  readonly sagemaker: Handlers<SageMakerOperations>;
  readonly 'sagemaker-runtime': Handlers<RuntimeOperations>;
  readonly ecr: Handlers<EcrOperations>;
  readonly sts: Handlers<StsOperations>;
  readonly cloudwatch: Handlers<CloudWatchOperations>;
  readonly 'application-autoscaling': Handlers<AutoscalingOperations>;
}

/** The error code of each service for a request that violates its API model. */
const invalidInputCodes: Readonly<Record<ServiceName, string>> = {
  sagemaker: 'ValidationException',
  'sagemaker-runtime': 'ValidationError',
  ecr: 'InvalidParameterException',
  sts: 'ValidationError',
  cloudwatch: 'ValidationError',
  'application-autoscaling': 'ValidationException',
};

/** Joins handlers with their committed API models. */
export function createServices(handlers: ServiceHandlers): readonly Service[] {
  const build = (name: ServiceName, table: Service['handlers']): Service => ({
    name,
    model: loadApiModel(name),
    invalidInputCode: invalidInputCodes[name],
    handlers: table,
  });
  return [
    build('sagemaker', handlers.sagemaker),
    build('sagemaker-runtime', handlers['sagemaker-runtime']),
    build('ecr', handlers.ecr),
    build('sts', handlers.sts),
    build('cloudwatch', handlers.cloudwatch),
    build('application-autoscaling', handlers['application-autoscaling']),
  ];
}
