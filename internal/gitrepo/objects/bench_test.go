package objects

import (
	"crypto/sha256"
	"io"
	"os"
	"testing"
)

// benchRepo is the object directory that GIT_ANCHOR_BENCH_OBJECTS names, or one
// made for it.
func benchRepo(b *testing.B) string {
	b.Helper()
	if dir := os.Getenv("GIT_ANCHOR_BENCH_OBJECTS"); dir != "" {
		return dir
	}
	r := newRepo(b)
	r.fill(1, 1000)
	r.git("repack", "-adfq")
	return r.objects()
}

// BenchmarkOpen opens the store and reads one blob, as a new process would.
func BenchmarkOpen(b *testing.B) {
	dir := benchRepo(b)
	var id ID
	s := openStore(b, Options{}, dir)
	err := s.Scan(b.Context(), ScanOptions{Kind: Blob, Workers: 1}, func(o Object) error {
		id = o.ID
		return ErrStop
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open([]string{dir}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Read(b.Context(), id, 1<<40, io.Discard); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScan hashes every blob, as a search for a digest does.
func BenchmarkScan(b *testing.B) {
	dir := benchRepo(b)
	for b.Loop() {
		s, err := Open([]string{dir}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		err = s.Scan(b.Context(), ScanOptions{Kind: Blob}, func(o Object) error {
			if o.Err != nil {
				return o.Err
			}
			if o.Reader != nil {
				_, err := io.Copy(sha256.New(), o.Reader)
				return err
			}
			sha256.Sum256(o.Data)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		st := s.Stats()
		b.ReportMetric(float64(st.Objects), "objects")
		b.ReportMetric(float64(st.Streams), "streams")
		b.ReportMetric(float64(st.Inflated), "inflatedB")
		b.ReportMetric(float64(st.Patched), "patchedB")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
