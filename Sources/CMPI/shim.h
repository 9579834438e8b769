// What is used of MPI. Its constants are macros, and its handles pointers in one implementation and numbers in another:
// Swift sees neither.
#pragma once

#include <mpi.h>
#include <stdlib.h>

// Joins the processes that were started together. 0, or MPI's error.
static inline int lethe_mpi_join(int *rank, int *count) {
    int provided = 0, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (code != MPI_SUCCESS) return code;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, count);
    return 0;
}

static inline void lethe_mpi_finish(void) { MPI_Finalize(); }

// Ends all processes.
static inline void lethe_mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

// What goes from rank to rank, and the notes that pass beside it, have tags; each channel has one of its own.
enum { lethe_mpi_notes = 0, lethe_mpi_first_channel = 1 };

// Room for so many operations under way; for free().
static inline void *lethe_mpi_requests(int count) { return calloc((size_t)count + 1, sizeof(MPI_Request)); }

static inline int lethe_mpi_send(void *requests, int index, const void *bytes, int count, int rank, int channel) {
    int tag = lethe_mpi_first_channel + channel;
    return MPI_Isend(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, (MPI_Request *)requests + index);
}

static inline int lethe_mpi_receive(void *requests, int index, void *bytes, int count, int rank, int channel) {
    int tag = lethe_mpi_first_channel + channel;
    return MPI_Irecv(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, (MPI_Request *)requests + index);
}

static inline int lethe_mpi_all_gather(void *requests, int index, const void *own, int count, void *all) {
    return MPI_Iallgather(
        own, count, MPI_BYTE, all, count, MPI_BYTE, MPI_COMM_WORLD, (MPI_Request *)requests + index);
}

// Goes on with operations, and says whether all have ended.
static inline int lethe_mpi_test(void *requests, int count, int *done) {
    return MPI_Testall(count, (MPI_Request *)requests, done, MPI_STATUSES_IGNORE);
}

// Withdraws one of the operations under way, unless it has ended.
static inline void lethe_mpi_cancel(void *requests, int index) {
    MPI_Request *request = (MPI_Request *)requests + index;
    if (*request != MPI_REQUEST_NULL) MPI_Cancel(request);
}

static inline int lethe_mpi_post(void *requests, int index, const void *bytes, int count, int rank) {
    return MPI_Isend(bytes, count, MPI_BYTE, rank, lethe_mpi_notes, MPI_COMM_WORLD, (MPI_Request *)requests + index);
}

// Whether a note has arrived, from whom, and how long it is.
static inline int lethe_mpi_look(int *found, int *rank, int *count) {
    MPI_Status status;
    int code = MPI_Iprobe(MPI_ANY_SOURCE, lethe_mpi_notes, MPI_COMM_WORLD, found, &status);
    if (code != MPI_SUCCESS || !*found) return code;
    *rank = status.MPI_SOURCE;
    return MPI_Get_count(&status, MPI_BYTE, count);
}

// Takes a note that has arrived.
static inline int lethe_mpi_take(void *bytes, int count, int rank) {
    return MPI_Recv(bytes, count, MPI_BYTE, rank, lethe_mpi_notes, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static inline void lethe_mpi_words(int code, char words[MPI_MAX_ERROR_STRING]) {
    int length = 0;
    MPI_Error_string(code, words, &length);
}

enum { lethe_mpi_words_size = MPI_MAX_ERROR_STRING };
