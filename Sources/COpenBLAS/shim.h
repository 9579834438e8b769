// OpenBLAS: the CBLAS interface, the LAPACK routines we call, and the calls that tell which kernels it chose.
#ifndef LETHE_OPENBLAS_H
#define LETHE_OPENBLAS_H
#include <cblas.h>
char *openblas_get_corename(void);
char *openblas_get_config(void);
void openblas_set_num_threads(int);
// Fortran LAPACK: Cholesky factorisation and solve, symmetric eigenvalues (float64).
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b, const int *ldb, int *info);
void dgesv_(const int *n, const int *nrhs, double *a, const int *lda, int *ipiv, double *b, const int *ldb, int *info);
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work, const int *lwork, int *info);
#endif
