import com.itextpdf.kernel.crypto.DigestAlgorithms;
import com.itextpdf.kernel.pdf.PdfReader;
import com.itextpdf.kernel.pdf.StampingProperties;
import com.itextpdf.signatures.AccessPermissions;
import com.itextpdf.signatures.BouncyCastleDigest;
import com.itextpdf.signatures.ITSAClient;
import com.itextpdf.signatures.PdfSigner;
import com.itextpdf.signatures.PrivateKeySignature;
import com.itextpdf.signatures.RSASSAPSSMechanismParams;
import com.itextpdf.signatures.SignerProperties;
import com.itextpdf.signatures.TSAClientBouncyCastle;

import java.io.File;
import java.io.FileOutputStream;
import java.util.Arrays;
import java.util.Collection;

import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Signs PDF files with iText's PdfSigner. KIND is words: "cades" (ETSI.CAdES.detached) or "cms"
 * (adbe.pkcs7.detached); "append" (else iText writes the file anew); "p1" (certified, no changes permitted); "pss" (RSASSA-PSS).
 */
public class ItextSign extends Maker {
    public static void main(String[] args) throws Exception {
        new ItextSign(args).serve();
    }

    ItextSign(String[] args) throws Exception {
        super(args);
    }

    @Override
    void sign(File in, File out, boolean stamped, String kind) throws Exception {
        Collection<String> words = Arrays.asList(kind.split(" "));
        StampingProperties stamping = new StampingProperties();
        if (words.contains("append")) {
            stamping.useAppendMode();
        }
        try (PdfReader reader = new PdfReader(in); FileOutputStream stream = new FileOutputStream(out)) {
            PdfSigner signer = new PdfSigner(reader, stream, stamping);
            SignerProperties properties = new SignerProperties().setReason("To be raised");
            if (words.contains("p1")) {
                properties.setCertificationLevel(AccessPermissions.NO_CHANGES_PERMITTED);
            }
            signer.setSignerProperties(properties);
            ITSAClient client = stamped ? new TSAClientBouncyCastle(tsa) : null;
            signer.signDetached(new BouncyCastleDigest(), signature(words.contains("pss")), chain, null, null, client, 0,
                words.contains("cades") ? PdfSigner.CryptoStandard.CADES : PdfSigner.CryptoStandard.CMS);
        }
    }

    private PrivateKeySignature signature(boolean pss) {
        String digest = DigestAlgorithms.SHA256;
        return pss ? new PrivateKeySignature(key, digest, "RSASSA-PSS", BouncyCastleProvider.PROVIDER_NAME,
                                             RSASSAPSSMechanismParams.createForDigestAlgorithm(digest))
                   : new PrivateKeySignature(key, digest, BouncyCastleProvider.PROVIDER_NAME);
    }
}
