#include "reco/record.h"

#include "io/sidecar.h"
#include "reco/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

const char *spw_record_parents(struct spw_job *job)
{
    json_t *parents = json_pack("[{s:s, s:s}]", "namespace", job->file->format->experiment,
                                "name", job->raw_name);
    char *text = json_dumps(parents, JSON_COMPACT);
    const char *copy = text ? spw_arena_text(&job->run.arena, text) : NULL;
    free(text);
    json_decref(parents);
    return copy ? copy : "[]";
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static enum spw_status output_entry(const char *path, json_t **entry)
{
    char digits[9];
    uint64_t size;
    SPW_TRY(spw_file_adler32(path, digits, &size));
    *entry = json_pack("{s:s, s:I, s:s}", "name", base_name(path), "size", (json_int_t)size,
                       "adler32", digits);
    return SPW_OK;
}

static json_t *core_fields(const struct spw_job *job, const struct spw_output *output)
{
    static const char *const tiers[] = {"mdst", "full-reconstructed", "calibration"};
    const struct spw_raw_file *file = job->file;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[I], s:[I], s:I, s:I, s:I, s:f, s:f}",
        "core.application.family", file->format->experiment, "core.application.name",
        "spillway", "core.application.version", SPW_VERSION, "core.data_stream", "physics",
        "core.data_tier", tiers[job->run.tier], "core.file_type", "detector",
        "core.file_format", "hdf5", "core.file_content_status",
        output->n_quarantined || file->n_missing ? "bad" : "good", "core.runs",
        (json_int_t)file->run, "core.runs_subruns",
        (json_int_t)file->run * 100000 + (json_int_t)file->burst, "core.event_count",
        (json_int_t)output->n_events, "core.first_event_number",
        (json_int_t)output->first_event, "core.last_event_number",
        (json_int_t)output->last_event, "core.start_time", file->start_time_s,
        "core.end_time", file->end_time_s);
}

static json_t *tally_fields(const struct spw_job *job)
{
    json_t *tallies = json_object();
    const uint64_t *count = job->result.worker[0].tally;
    for (uint32_t i = 0; i < job->run.tallies.count; ++i)
        if (count[i])
            json_object_set_new(tallies, job->run.tallies.tally[i]->name,
                                json_integer((json_int_t)count[i]));
    return tallies;
}

static json_t *row_fields(const struct spw_job *job, const struct spw_output *output)
{
    json_t *rows = json_object();
    for (uint32_t i = 0; i < job->run.n_objects; ++i)
        json_object_set_new(rows, job->run.object[i].path,
                            json_integer((json_int_t)output->object_rows[i]));
    return rows;
}

static json_t *constants_fields(const struct spw_job *job)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < job->run.n_constants_used; ++i)
        json_array_append_new(list, json_string(base_name(job->run.constants_used[i])));
    return list;
}

static void add_program_fields(const struct spw_job *job,
                               const struct spw_output *output,
                               json_t *metadata,
                               json_t *outputs)
{
    const struct spw_run *run = &job->run;
    char raw_adler32[9];
    snprintf(raw_adler32, sizeof raw_adler32, "%08x", job->result.adler32);
    json_t *program = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:i}",
        "spillway.config_sha256", spw_config_sha256(run->config),
        "spillway.conditions_digest", run->conditions_digest, "spillway.conditions_tag",
        run->n_constants_used ? "files" : "nominal", "spillway.request_digest",
        job->request_digest, "spillway.tier", spw_tier_name(run->tier),
        "spillway.input_bytes", (json_int_t)job->file->map.bytes.size,
        "spillway.input_adler32", raw_adler32, "spillway.quarantined",
        (json_int_t)output->n_quarantined, "spillway.missing",
        (json_int_t)job->file->n_missing, "spillway.tallies", tally_fields(job),
        "spillway.rows", row_fields(job, output), "spillway.constants",
        constants_fields(job), "spillway.outputs", outputs, "spillway.exit_code", 0);
    json_object_update_new(metadata, program);
}

enum spw_status
spw_record_make(struct spw_job *job, const struct spw_output *output, json_t **record)
{
    json_t *reco, *hist;
    SPW_TRY(output_entry(job->reco_path, &reco));
    SPW_TRY(output_entry(job->hist_path, &hist));
    json_t *metadata = core_fields(job, output);
    json_t *checksum = json_object_get(reco, "adler32"),
           *size = json_object_get(reco, "size");
    *record = json_pack("{s:s, s:s, s:O, s:{s:O}, s:o, s:O}", "namespace", "spillway",
                        "name", base_name(job->reco_path), "size", size, "checksums",
                        "adler32", checksum, "parents",
                        json_loads(spw_record_parents(job), 0, NULL), "metadata", metadata);
    add_program_fields(job, output, metadata, json_pack("[o, o]", reco, hist));
    json_decref(metadata);
    if (!*record) return SPW_FAIL(SPW_RETRY, "out of memory: record of %s", job->raw_name);
    return SPW_OK;
}

void spw_record_add_performance(const struct spw_job *job,
                                const struct spw_output *output,
                                json_t *record)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const struct spw_worker *worker = &job->result.worker[0];
    json_t *stages = json_object();
    json_object_set_new(stages, "unpack", json_real(1e-9 * (double)worker->unpack_ns));
    for (uint32_t i = 0; i < job->run.n_stages; ++i)
        json_object_set_new(stages, job->run.stage[i]->name,
                            json_real(1e-9 * (double)worker->stage_ns[i]));
    json_object_set_new(
        record, "performance",
        json_pack("{s:f, s:i, s:s, s:I, s:I, s:o}", "seconds", job->seconds, "threads",
                  job->options->threads, "isa", spw_isa_name(job->run.isa),
                  "peak_memory_bytes", (json_int_t)usage.ru_maxrss * 1024, "column_bytes",
                  (json_int_t)output->column_bytes, "stage_cpu_seconds", stages));
    json_object_set_new(record, "files",
                        json_pack("{s:s, s:s, s:s}", "reco", job->reco_path, "hist",
                                  job->hist_path, "sidecar", job->sidecar_path));
}

enum spw_status spw_record_load(const char *path, json_t **record)
{
    json_error_t error;
    *record = json_load_file(path, 0, &error);
    if (*record) return SPW_OK;
    return SPW_FAIL(SPW_MISSING, "%s:%d: %s", path, error.line, error.text);
}
