#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

/* Only these leave the process: rank, job, pod and container, no secrets. What
 * does not fit is left out, so the most telling ones come first. */
static const char *const job_names[] = {
    "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_PROCID",
    "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_STEP_NUM_NODES", "SLURM_STEP_TASKS_PER_NODE",
    "SLURM_DISTRIBUTION", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "POD_NAME", "POD_NAMESPACE", "TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT", "RAY_JOB_ID",
    "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE",
    "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", "PBS_JOBID", "LSB_JOBID", "JOB_ID", "SGE_TASK_ID",
    "FLUX_JOB_ID", "APPTAINER_NAME", "SINGULARITY_NAME", "SLURM_JOB_NAME",
};

static void add_job(char *job, size_t size, const char *name, const char *value) {
  size_t used = strlen(job), name_length = strlen(name), value_length = value == NULL ? 0 : strlen(value);
  if (value_length == 0 || value_length > 256 || memchr(value, '\n', value_length) != NULL) return;
  if (used + name_length + value_length + 3 > size) return;
  memcpy(job + used, name, name_length);
  job[used + name_length] = '=';
  memcpy(job + used + name_length + 1, value, value_length);
  memcpy(job + used + name_length + 1 + value_length, "\n", 2);
}

static uint64_t milliseconds(const char *name, uint64_t otherwise, uint64_t least, uint64_t most) {
  uint64_t value = gft_number(getenv(name), otherwise);
  return (value < least ? least : value > most ? most : value) * GFT_MS;
}

/* The folder of the reports: path, with tail behind it. */
static void report_folder(struct gft_process *process, const char *path, const char *tail, int parts, int own) {
  size_t length = strlen(path), more = strlen(tail);
  while (length > 1 && path[length - 1] == '/') length--;
  if (path[0] != '/' || length + more >= sizeof process->report_path) return;
  memcpy(process->report_path, path, length);
  memcpy(process->report_path + length, tail, more + 1);
  process->report_parts = parts;
  process->report_own = own;
}

static void read_reports(struct gft_process *process) {
  const char *off = getenv("GPUFRAGTOP_REPORTS"), *path = getenv("GPUFRAGTOP_REPORT_DIR");
  process->reports = off == NULL || strcmp(off, "0") != 0;
  if (path != NULL && path[0] != '\0') {
    report_folder(process, path, "", 1, 1);
  } else if ((path = getenv("XDG_STATE_HOME")) != NULL && path[0] == '/') {
    report_folder(process, path, "/gpufragtop/reports", 3, 2);
  } else if ((path = getenv("HOME")) != NULL) {
    report_folder(process, path, "/.local/state/gpufragtop/reports", 4, 2);
  }
}

void gft_process_read(struct gft_process *process) {
  const uint64_t hour = 3600 * 1000;
  const char *allow = getenv("GPUFRAGTOP_ALLOW_RELEASE");
  process->allow_release = allow == NULL || strcmp(allow, "0") != 0;
  process->tick_ns = milliseconds("GPUFRAGTOP_TICK_MS", 1000, 100, hour);
  process->max_hold_ns = milliseconds("GPUFRAGTOP_MAX_HOLD_MS", 20, 0, hour);
  process->release_interval_ns = milliseconds("GPUFRAGTOP_RELEASE_INTERVAL_MS", 10 * 1000, 0, hour);

  read_reports(process);

  const char *settings = getenv("PYTORCH_ALLOC_CONF");
  if (settings == NULL) settings = getenv("PYTORCH_CUDA_ALLOC_CONF");
  if (settings == NULL) settings = getenv("PYTORCH_HIP_ALLOC_CONF");
  gft_text(process->settings, sizeof process->settings, settings);

  char job[sizeof process->job] = "";
  for (size_t i = 0; i < sizeof job_names / sizeof *job_names; i++) {
    add_job(job, sizeof job, job_names[i], getenv(job_names[i]));
  }
  /* In Kubernetes the host name is the pod's; elsewhere it says nothing about the job. */
  if (getenv("KUBERNETES_SERVICE_HOST") != NULL) add_job(job, sizeof job, "HOSTNAME", getenv("HOSTNAME"));
  gft_text(process->job, sizeof process->job, job);
}

uint64_t gft_start_ticks(void) {
  char stat[1024];
  int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, stat, sizeof stat - 1);
  close(fd);
  if (length <= 0) return 0;
  stat[length] = '\0';
  const char *at = strrchr(stat, ')'); /* the name in parentheses may hold anything */
  for (int field = 2; at != NULL && field < 22; field++) {
    at = strchr(at + 1, ' ');
  }
  return at == NULL ? 0 : gft_number(at + 1, 0);
}

uint64_t gft_pidns_inode(void) {
  char link[64]; /* pid:[4026531836] */
  ssize_t length = readlink("/proc/self/ns/pid", link, sizeof link - 1);
  if (length <= 0) return 0;
  link[length] = '\0';
  const char *bracket = strchr(link, '[');
  return bracket == NULL ? 0 : gft_number(bracket + 1, 0);
}
