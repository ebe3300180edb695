// The API's answers, by the names of its own document (`npm run types`).

import type * as schema from "./schema";

/** The API sends every field, also those that its document calls optional because they have a default. */
type Whole<T> = T extends object ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> } : T;

export type Comparisons = Whole<schema.Comparisons>;
export type Deployment = Whole<schema.Deployment>;
export type DeploymentSummary = Whole<schema.DeploymentSummary>;
export type Deployments = Whole<schema.Deployments>;
export type DryRun = Whole<schema.DryRun>;
export type Evaluation = Whole<schema.Evaluation>;
export type Images = Whole<schema.Images>;
export type LabelEvaluation = Whole<schema.LabelEvaluation>;
export type LabelFigures = Whole<schema.LabelFigures>;
export type Metrics = Whole<schema.Metrics>;
export type ModelVersion = Whole<schema.ModelVersion>;
export type ModelVersions = Whole<schema.ModelVersions>;
export type PairComparison = Whole<schema.PairComparison>;
export type PairFigures = Whole<schema.PairFigures>;
export type PredictedAsset = Whole<schema.PredictedAsset>;
export type ReplayEntry = Whole<schema.ReplayEntry>;
export type Review = Whole<schema.Review>;
export type ReviewProgress = Whole<schema.ReviewProgress>;
export type ReviewQueue = Whole<schema.ReviewQueue>;
export type RevisionEntry = Whole<schema.RevisionEntry>;
export type Revisions = Whole<schema.Revisions>;
export type Slot = Whole<schema.Slot>;
export type SlotPrediction = Whole<schema.SlotPrediction>;
export type Value = Whole<schema.Value>;
export type VersionEvaluation = Whole<schema.VersionEvaluation>;
export type VersionFigures = Whole<schema.VersionFigures>;
export type WorkerEntry = Whole<schema.WorkerEntry>;
export type Workers = Whole<schema.Workers>;
