/*
 * Holds a file in ways that Node.js and Python cannot: `writer WAY FILE`. Says `ready`; every line `write TEXT` is then
 * written to the file's beginning and answered with `done`.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path, *way;
static int file = -1;
static char *mapping, text[256];
static sem_t begun, told, done;

static void require(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static int is(const char *name) { return strcmp(way, name) == 0; }

static void hold(void) {
  file = open(path, O_RDWR);
  require(file >= 0, path);
  if (strstr(way, "mapping") != NULL) {
    struct stat stats;
    require(fstat(file, &stats) == 0, "fstat");
    mapping = mmap(NULL, stats.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    require(mapping != MAP_FAILED, "mmap");
    close(file);
    if (is("protected-mapping")) require(mprotect(mapping, stats.st_size, PROT_READ) == 0, "mprotect");
  }
  if (is("own-table-stdout")) {
    require(dup2(file, 1) == 1, "dup2");
    close(file);
    file = 1;
  }
}

static void change(void) {
  size_t length = strlen(text);
  if (is("protected-mapping")) require(mprotect(mapping, length, PROT_READ | PROT_WRITE) == 0, "mprotect");
  if (mapping != NULL) memcpy(mapping, text, length);
  else require(pwrite(file, text, length, 0) == (ssize_t)length, "pwrite");
}

/* Reads what is told and answers, in whichever thread has the program's own stdin and stdout. */
static void serve(void (*act)(void)) {
  char line[256];
  puts("ready");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    sscanf(line, "write %255[^\n]", text);
    act();
    puts("done");
    fflush(stdout);
  }
}

static void *hold_in_own_table(void *unused) {
  require(unshare(CLONE_FILES) == 0, "unshare");
  hold();
  sem_post(&begun);
  for (;;) {
    sem_wait(&told);
    change();
    sem_post(&done);
  }
  return unused;
}

static void tell_thread(void) {
  sem_post(&told);
  sem_wait(&done);
}

static void *hold_and_serve(void *main_thread) {
  pthread_join(*(pthread_t *)main_thread, NULL);
  hold();
  serve(change);
  exit(0);
}

/* Every process lives for 50 ms; each has the descriptor from the one before. They end when the program is removed. */
static void hand_on(const char *program) {
  hold();
  puts("ready");
  fflush(stdout);
  while (access(program, F_OK) == 0) {
    usleep(50000);
    pid_t next = fork();
    require(next >= 0, "fork");
    if (next > 0) _exit(0);
  }
  _exit(0);
}

int main(int count, char **arguments) {
  pthread_t thread, own = pthread_self();
  require(count == 3, "usage: writer WAY FILE");
  way = arguments[1];
  path = arguments[2];
  if (is("handed-on")) hand_on(arguments[0]);
  if (is("mapping") || is("protected-mapping")) {
    hold();
    serve(change);
    return 0;
  }
  if (is("ended-main") || is("ended-main-mapping")) {
    pthread_create(&thread, NULL, hold_and_serve, &own);
    pthread_exit(NULL);
  }
  sem_init(&begun, 0, 0);
  sem_init(&told, 0, 0);
  sem_init(&done, 0, 0);
  for (int more = 0; is("own-table-large") && more < 100; more++)
    require(open("/dev/null", O_RDONLY) >= 0, "/dev/null");
  pthread_create(&thread, NULL, hold_in_own_table, NULL);
  sem_wait(&begun);
  /* The lowest free number, which the thread's descriptor has in its own table. */
  if (is("own-table-same-numbers")) require(open("/dev/null", O_RDONLY) >= 0, "/dev/null");
  serve(tell_thread);
  return 0;
}
