import type {
  DataCaptureConfig,
  DeployedImage,
  DescribeModelOutput,
  ProductionVariant,
  ProductionVariantStatus,
} from '../api-models/sagemaker.types.ts';
import type { RunningInstance } from '../instances/launcher.ts';

/** The instances of one endpoint config, blue or green. */
export interface Fleet {
  readonly configName: string;
  readonly dataCapture: DataCaptureConfig | undefined;
  readonly variants: readonly FleetVariant[];
}

/** One production variant of a fleet, with config and model as of its launch: both can be deleted later. */
export interface FleetVariant {
  readonly name: string;
  readonly settings: ProductionVariant;
  readonly model: DescribeModelOutput;
  image: DeployedImage | undefined;
  currentWeight: number;
  desiredWeight: number;
  desiredInstanceCount: number;
  readonly instances: Instance[];
  status: ProductionVariantStatus | undefined;
}

/**
 * One instance: `active` when the deployment gives it traffic, `healthy` while its container runs; `inFlight` counts
 * the invocations it is answering.
 */
export interface Instance {
  readonly id: string;
  readonly server: RunningInstance;
  active: boolean;
  healthy: boolean;
  /** Set before SageMaker stops it, so that its exit does not count as a crash. */
  retired: boolean;
  inFlight: number;
  onIdle: (() => void) | undefined;
}

/** An instance whose container just became healthy. */
export const createInstance = (id: string, server: RunningInstance, active: boolean): Instance => ({
  id,
  server,
  active,
  healthy: true,
  retired: false,
  inFlight: 0,
  onIdle: undefined,
});

/** A variant at its configured (or retained) size and weight, without instances. */
export function createFleetVariant(
  settings: ProductionVariant,
  model: DescribeModelOutput,
  retained: { readonly instanceCount?: number | undefined; readonly weight?: number | undefined },
): FleetVariant {
  const weight = retained.weight ?? settings.InitialVariantWeight ?? 1;
  return {
    name: settings.VariantName,
    settings,
    model,
    image: undefined,
    currentWeight: weight,
    desiredWeight: weight,
    desiredInstanceCount: retained.instanceCount ?? settings.InitialInstanceCount ?? 1,
    instances: [],
    status: undefined,
  };
}

/** The instances that answer invocations now. */
export const routableInstances = (variant: FleetVariant): readonly Instance[] =>
  variant.instances.filter(({ active, healthy }) => active && healthy);

/** Routes traffic to the first `count` instances only. */
export function setActiveCount(variant: FleetVariant, count: number): void {
  variant.instances.forEach((instance, index) => {
    instance.active = index < count && !instance.retired;
  });
}

/** Removes an instance from traffic, waits for its invocations, then stops it. */
export async function retireInstance(variant: FleetVariant, instance: Instance): Promise<void> {
  instance.active = false;
  instance.retired = true;
  if (instance.inFlight > 0) {
    await new Promise<void>((resolve) => {
      instance.onIdle = resolve;
    });
  }
  await instance.server.stop();
  const index = variant.instances.indexOf(instance);
  if (index !== -1) variant.instances.splice(index, 1);
}

/** Retires every instance of a fleet. */
export async function retireFleet(fleet: Fleet): Promise<void> {
  await Promise.all(
    fleet.variants.flatMap((variant) => variant.instances.map((instance) => retireInstance(variant, instance))),
  );
}
