//! Complex numbers, and small full matrices of them, in parts that a processor can take several of at
//! once.

/// A complex number: real and imaginary part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Complex(pub(super) f64, pub(super) f64);

impl Complex {
    #[inline]
    pub(super) fn plus(self, other: Complex) -> Complex {
        Complex(self.0 + other.0, self.1 + other.1)
    }

    #[inline]
    pub(super) fn times(self, other: Complex) -> Complex {
        Complex(
            self.0 * other.0 - self.1 * other.1,
            self.0 * other.1 + self.1 * other.0,
        )
    }

    #[inline]
    pub(super) fn over(self, other: Complex) -> Complex {
        let size = other.0 * other.0 + other.1 * other.1;
        self.times(Complex(other.0 / size, -other.1 / size))
    }

    /// Its distance from 0.
    pub(super) fn size(self) -> f64 {
        libm::hypot(self.0, self.1)
    }
}

/// A matrix, row by row: real parts and imaginary parts.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    columns: usize,
    re: Vec<f64>,
    im: Vec<f64>,
}

impl Matrix {
    pub(super) fn zero(rows: usize, columns: usize) -> Matrix {
        Matrix {
            columns,
            re: vec![0.0; rows * columns],
            im: vec![0.0; rows * columns],
        }
    }

    pub(super) fn unit(len: usize) -> Matrix {
        let mut matrix = Matrix::zero(len, len);
        matrix.add_unit();
        matrix
    }

    pub(super) fn get(&self, row: usize, column: usize) -> Complex {
        let at = row * self.columns + column;
        Complex(self.re[at], self.im[at])
    }

    pub(super) fn set(&mut self, row: usize, column: usize, value: Complex) {
        let at = row * self.columns + column;
        (self.re[at], self.im[at]) = (value.0, value.1);
    }

    /// Adds a real number to an entry.
    pub(super) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.re[row * self.columns + column] += value;
    }

    /// Adds so many times the row of another matrix with as many columns.
    pub(super) fn add_row(&mut self, row: usize, other: &Matrix, other_row: usize, times: f64) {
        let here = row * self.columns..(row + 1) * self.columns;
        let there = other_row * self.columns..(other_row + 1) * self.columns;
        for (to, from) in [(&mut self.re, &other.re), (&mut self.im, &other.im)] {
            for (to, from) in to[here.clone()].iter_mut().zip(&from[there.clone()]) {
                *to += times * from;
            }
        }
    }

    pub(super) fn add_unit(&mut self) {
        for at in (0..self.re.len()).step_by(self.columns + 1) {
            self.re[at] += 1.0;
        }
    }

    pub(super) fn scale(&mut self, factor: f64) {
        let entries = self.re.iter_mut().chain(&mut self.im);
        entries.for_each(|entry| *entry *= factor);
    }

    pub(super) fn row_sum(&self, row: usize) -> Complex {
        let range = row * self.columns..(row + 1) * self.columns;
        Complex(
            self.re[range.clone()].iter().sum(),
            self.im[range].iter().sum(),
        )
    }

    pub(super) fn scale_row(&mut self, row: usize, factor: Complex) {
        let range = row * self.columns..(row + 1) * self.columns;
        for (re, im) in self.re[range.clone()].iter_mut().zip(&mut self.im[range]) {
            let product = Complex(*re, *im).times(factor);
            (*re, *im) = (product.0, product.1);
        }
    }

    /// Takes a multiple of one row from another.
    #[inline]
    pub(super) fn take(&mut self, row: usize, other: usize, factor: Complex) {
        if factor == Complex(0.0, 0.0) {
            return;
        }
        let (columns, Complex(a, b)) = (self.columns, factor);
        let (re, other_re) = rows_of(&mut self.re, columns, row, other);
        let (im, other_im) = rows_of(&mut self.im, columns, row, other);
        let others = other_re.iter().zip(other_im);
        let here = re.iter_mut().zip(im);
        for ((re, im), (c, d)) in here.zip(others) {
            *re -= a * c - b * d;
            *im -= a * d + b * c;
        }
    }

    pub(super) fn times(&self, other: &Matrix) -> Matrix {
        let (inner, columns) = (self.columns, other.columns);
        let rows = self.re.len() / inner.max(1);
        let mut product = Matrix::zero(rows, columns);
        for row in 0..rows {
            let to = row * columns..(row + 1) * columns;
            let (re, im) = (&mut product.re[to.clone()], &mut product.im[to]);
            for at in 0..inner {
                let (a, b) = (self.re[row * inner + at], self.im[row * inner + at]);
                if a == 0.0 && b == 0.0 {
                    continue;
                }
                let from = at * columns..(at + 1) * columns;
                let others = other.re[from.clone()].iter().zip(&other.im[from]);
                for ((re, im), (c, d)) in re.iter_mut().zip(im.iter_mut()).zip(others) {
                    *re += a * c - b * d;
                    *im += a * d + b * c;
                }
            }
        }
        product
    }

    /// The matrix times a column.
    pub(super) fn applied(&self, column: &[Complex]) -> Vec<Complex> {
        let rows = self.re.chunks_exact(self.columns);
        rows.zip(self.im.chunks_exact(self.columns))
            .map(|(re, im)| {
                let entries = re.iter().zip(im).zip(column);
                entries.fold(Complex(0.0, 0.0), |sum, ((&re, &im), &of)| {
                    sum.plus(Complex(re, im).times(of))
                })
            })
            .collect()
    }

    /// The matrix without its last column, and that column.
    pub(super) fn split_last_column(self) -> (Matrix, Vec<Complex>) {
        let columns = self.columns - 1;
        let rows = self.re.len() / self.columns;
        let without = |entries: &[f64]| -> Vec<f64> {
            let rows = entries.chunks_exact(columns + 1);
            rows.flat_map(|row| &row[..columns]).copied().collect()
        };
        let last = (0..rows).map(|row| self.get(row, columns)).collect();
        let matrix = Matrix {
            columns,
            re: without(&self.re),
            im: without(&self.im),
        };
        (matrix, last)
    }
}

/// One row to be changed, and another one.
#[inline]
fn rows_of(entries: &mut [f64], columns: usize, row: usize, other: usize) -> (&mut [f64], &[f64]) {
    if row < other {
        let (before, after) = entries.split_at_mut(other * columns);
        (
            &mut before[row * columns..(row + 1) * columns],
            &after[..columns],
        )
    } else {
        let (before, after) = entries.split_at_mut(row * columns);
        (
            &mut after[..columns],
            &before[other * columns..(other + 1) * columns],
        )
    }
}
